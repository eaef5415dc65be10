// Rows were saved and checked: what is still wrong with them stands on the page that the server makes.
document.addEventListener("grid:saved", () => location.reload());
