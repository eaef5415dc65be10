"""Pages of the one-stop service: the need, the plan that answers it, the commission that it becomes."""
