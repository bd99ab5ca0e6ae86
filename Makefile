# One command each; every target makes its own .venv when that is missing or older than the lock files.
# pip alone is enough; uv is used where it is installed.

PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	command -v $$name >/dev/null 2>&1 && $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$name && break; done)
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
PACKAGES := api detectors docs domain edge ingest matthan plumbing rules
# scripts that import one another by bare names, the same ones in several folders: types are read a folder at a time, without torch
RECIPES := models models/heads models/lamps models/plates models/plates/finder models/plates/reader models/street models/surface
PYTEST_ARGS ?=

unexport PYTHONDONTWRITEBYTECODE  # tests start hundreds of processes: each would compile everything anew
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo demo-check test check format bench clean lock

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '  make %-11s %s\n' "$$name" "$$text"; done

demo: $(VENV)/.demo ## Streets over RTSP become cases and alerts in a console on this machine (Ctrl-C ends it)
	$(BIN)/python -m deploy.demo

demo-check: $(VENV)/.demo ## The same without a browser, until the police have a case and the findings of junction and pavement are there
	$(BIN)/python -m deploy.demo --check

# In the order of their folders: what takes long in one file (browser, e2e) begins first, the small files fill up the end.
test: $(VENV)/.dev ## Every test on as many processes as there are cores, then what was skipped and why
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

check: $(VENV)/.dev ## Format, lint, types, import direction, examples in docstrings (tells every fault, not only the first)
	@failed=0; \
	step() { echo "\$$ $$*"; "$$@" || failed=1; }; \
	step $(BIN)/ruff format --check .; \
	step $(BIN)/ruff check .; \
	step $(BIN)/mypy; \
	for folder in $(RECIPES); do \
		step env MYPYPATH=$$folder:models/street:models $(BIN)/mypy --cache-dir .mypy_cache/recipes --allow-subclassing-any --no-warn-return-any $$folder/*.py; \
	done; \
	step $(BIN)/lint-imports; \
	step $(BIN)/python -m pytest -q $(PACKAGES) deploy; \
	exit $$failed

format: $(VENV)/.dev ## Put the code into the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev ## Print the tables of benchmarks/ for this machine (DATA=FOLDER: recorded street data; ULTRALYTICS_PYTHON=PYTHON: the peer)
	$(BIN)/python -m benchmarks.camera_reading
	$(BIN)/python -m benchmarks.centre
ifdef DATA
	$(BIN)/python -m benchmarks.detector --data $(DATA)
	$(BIN)/python -m benchmarks.lamps.table --data $(DATA)
	$(BIN)/python -m benchmarks.vn_tracks $(DATA)
	$(BIN)/python -m benchmarks.vn_tracks_whole $(DATA)
else
	@echo "left out: detector, lamps, vn_tracks (say where the recorded street data are: make bench DATA=FOLDER)"
endif
	$(BIN)/python -m benchmarks.edge_pipeline --memory $(if $(ULTRALYTICS_PYTHON),--ultralytics-python $(ULTRALYTICS_PYTHON))
	$(BIN)/python -m benchmarks.rules
	$(BIN)/python -m benchmarks.evidence
	@echo "tracking.md needs an environment of its own, see there"

clean: ## Remove what the other targets made
	rm -rf $(VENV) demo-data dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .schemathesis .nicegui
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

lock: ## Renew the lock files (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --extra dev pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --extra demo -c requirements.lock pyproject.toml -o requirements-demo.lock

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; none was found. Install it, or say: make PYTHON=/path/to/python3" >&2; exit 1; }
ifdef UV
	$(UV) venv --quiet --python $(PYTHON) $(VENV)
else
	$(PYTHON) -m venv $(VENV) || { echo "python -m venv failed; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
endif

$(VENV)/.demo: requirements-demo.lock pyproject.toml | $(BIN)/python
	$(call install,requirements-demo.lock)
	@rm -f $(VENV)/.dev && touch $@

$(VENV)/.dev: requirements.lock pyproject.toml | $(BIN)/python
	$(call install,requirements.lock)
	@touch $@ $(VENV)/.demo

define with_pip
	$(BIN)/python -m pip install --quiet --require-hashes -r $(1) && $(BIN)/python -m pip install --quiet --no-deps -e .
endef

ifdef UV
define install
	{ $(UV) pip sync --quiet --python $(BIN)/python --require-hashes $(1) \
	&& $(UV) pip install --quiet --python $(BIN)/python --no-deps -e . ; } \
	|| { echo "uv could not install; trying pip"; $(PYTHON) -m venv --clear $(VENV) && $(call with_pip,$(1)); }
endef
else
define install
	test ! -e $@ || $(PYTHON) -m venv --clear $(VENV)
	$(call with_pip,$(1))
endef
endif
