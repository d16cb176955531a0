# Read by the other scripts: the interpreter that makes environments, and the folder of an environment with its programs.
if [ "${OS:-}" = Windows_NT ]; then
    python=${PYTHON:-python}
    programs=Scripts
else
    python=${PYTHON:-python3}
    programs=bin
fi
