"""Pure science of quality infrastructure: functions without framework, input/output, clock or chance."""
