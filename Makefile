# The daily commands. `make run` and `make test` do all the set-up on a fresh Debian or Ubuntu machine.
.DEFAULT_GOAL := help
PY := .venv/bin/python
# Tests and services start hundreds of processes, each of which would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run run-only test fleet check fix bench lock vectors demo clean

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:[^#]*## /\t/' | expand -t 12

run: ## set up, then the service on 127.0.0.1:8000 with a demonstration tenant
	@./setup.sh system service
	@./setup.sh python dev
	@$(MAKE) --no-print-directory run-only

run-only: ## the service, with nothing installed
	@.venv/bin/duly serve --demonstration

test: ## set up, then every test, on real servers
	@./setup.sh system test
	@./setup.sh python dev
	@tests/s3_server/install
	@$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

fleet: ## two services, three workers, PostgreSQL, S3; 2,000 rows, workers killed: some minutes
	@tests/s3_server/install
	@FLEET_ROWS=2000 $(PY) -m pytest tests/acceptance/test_fleet.py

check: ## format, lint, types, import contracts, fast tests: under a minute
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@$(PY) -m pytest -m "not slow" -n 2

fix: ## let the formatter and the linter mend what they can
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

demo: ## play the whole story into demo-out/
	@.venv/bin/duly demo --out demo-out

bench: ## measure; the results belong into bench/RESULTS.md
	@$(PY) -m bench

lock: ## lock the dependencies anew, with hashes and without addresses (needs uv)
	@for set in verifier service dev; do \
	  case $$set in verifier) extra=;; service) extra="--extra service";; dev) extra="--extra service --group dev";; esac; \
	  uv pip compile pyproject.toml $$extra --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-annotate --no-header -q -o requirements/$$set.lock; done
	@sed -n '/^setuptools==/,/[^\\]$$/p' requirements/dev.lock >requirements/build.lock

vectors: ## make the committed test vectors anew (there must be no difference)
	@for maker in tests/vectors/*/make.py; do $(PY) $$maker; done && git diff --exit-code -- tests/vectors

clean: ## remove what was built, not what was recorded
	@rm -rf .venv .cache build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
