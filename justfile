# For those who have just (https://just.systems). Every recipe sets up .venv by itself, see dev.py.

set positional-arguments

# lint, then test
check *args:
    @python3 dev.py check "$@"

# report on the sample logs
demo *args:
    @python3 dev.py demo "$@"

# pytest
test *args:
    @python3 dev.py test "$@"

# JupyterLab on the notebooks
lab *args:
    @python3 dev.py lab "$@"

# the tests in Chromium
browser *args:
    @python3 dev.py browser "$@"

# run the notebooks and draw docs/gallery.md anew
gallery:
    @python3 dev.py gallery

# format the code
fmt:
    @python3 dev.py fmt

# compare with an oracle file of LiteLLM's own answers
parity +files:
    @python3 dev.py python -m tests.parity "$@"

# time the pricing engine
bench *args:
    @python3 dev.py python -m benchmarks "$@"
