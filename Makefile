# Everything here sets itself up: the first target that needs it makes .venv.
PYTHON ?= python3
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
READY := $(VENV)/ready

.DEFAULT_GOAL := help
.PHONY: help lab doctor prepare app mosaic test test-browser test-notebooks fuzz soak bench notebooks format lock clean

help:  ## say what there is
	@echo "Photo Mosaic: a course in parallel Python"
	@echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 19

lab: $(READY)  ## open the course in JupyterLab
	$(BIN)/jupyter lab workspaces import lab/course.jupyterlab-workspace
	$(BIN)/jupyter lab --ServerApp.root_dir=. --ServerApp.allow_root=True \
	  --LabApp.default_url=/lab/workspaces/photo-mosaic

doctor: $(READY)  ## is this machine ready for the course? if not, what to type
	$(BIN)/python -m mosaic_helpers doctor

prepare: $(READY)  ## make beforehand what the notebooks need
	$(BIN)/python -m mosaic_helpers prepare

app: $(READY)  ## the explorer alone, in the browser
	$(BIN)/python -m mosaic_helpers app

mosaic: $(READY)  ## paint ten thousand cats and make the mosaic, data/mosaic.jpg
	$(BIN)/python -m mosaic_helpers mosaic

test: $(READY)  ## lint, types, unit tests, examples, browser tests, and every notebook compared
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/deptry mosaic_helpers
	$(BIN)/mypy
	$(BIN)/python -m pytest $(AT_ONCE) -m "not browser" tests
	$(BIN)/python -m pytest --doctest-modules mosaic_helpers
	$(MAKE) --jobs=2 $(SYNC) test-browser test-notebooks

test-browser: $(READY)
	$(BIN)/python -m pytest -m browser tests

test-notebooks: $(READY)
	$(BIN)/python -m pytest $(NBVAL) notebooks

# Four tests at once, of four files, as most of them wait for processes; what a file sets up is
# set up once. `make test AT_ONCE=` for one after the other. Then the browser beside the
# notebooks, of which each leaves a core to the other.
AT_ONCE := -n 4 --dist loadscope --no-loadscope-reorder
SYNC := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

# NEWEST=1 takes the newest packages instead of the locked ones.
NEWEST :=
# Strict: every output that is not tagged must come out as it is stored. That is promised
# for the locked packages on Linux; elsewhere `make test STRICT=` only runs every cell.
STRICT := $(if $(NEWEST),,yes)
NBVAL := $(if $(STRICT),--nbval,--nbval-lax) --nbval-current-env --nbval-cell-timeout=600 \
         --nbval-sanitize-with tests/nbval_sanitize.cfg -p no:cacheprovider \
         -p tests.nbval_memory

# Seconds for each test that tries inputs: an hour in all for six of them.
SECONDS := 600
fuzz: $(READY)  ## try spoilt files of every kind, SECONDS=600 for each test
	MOSAIC_FUZZ_SECONDS=$(SECONDS) $(BIN)/python -m pytest -s -m fuzz tests

soak: $(READY)  ## processes, threads and a fork beside each other on one store, for a minute
	$(BIN)/python tests/benchmarks/soak_store.py

bench: $(READY)  ## measure, side by side; takes some minutes
	@for script in tests/benchmarks/bench_*.py; do echo; echo "== $$script"; \
	  $(BIN)/python $$script || exit 1; done

notebooks: $(READY)  ## run all notebooks and store their outputs
	$(BIN)/python tests/execute_notebooks.py notebooks/*.ipynb

format: $(READY)  ## put the code in shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(READY)  ## fit requirements.lock to pyproject.toml (needs uv); UPGRADE=1: newest
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
	  $(if $(UPGRADE),--upgrade) --extra test -o requirements.lock pyproject.toml

clean:  ## remove what was made: .venv and the content of data
	rm -rf $(VENV)
	find data -mindepth 1 ! -name README.md -delete

$(READY): requirements.lock pyproject.toml lab/server.json lab/settings.json
	@echo "Setting up, once: this takes some minutes."
	$(PYTHON) -m venv $(VENV)
	$(if $(NEWEST),,$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock)
	$(BIN)/python -m pip install --quiet $(if $(NEWEST),--editable '.[test]',--no-deps --editable .)
	@touch $@
