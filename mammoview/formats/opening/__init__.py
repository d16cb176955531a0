"""From a path, folder, zip or DICOMDIR to its studies."""
