# What each command does stands behind it; `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help setup demo test lint bench screenshots fuzz crash translations sample-market clean

python := .venv/bin/python
packages := engine feeds widgets terminal resources

help:  ## Lists the commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1 - /p' Makefile

setup:  ## Installs everything that is missing; at once when nothing is
	@.ci/setup.sh

demo: setup  ## Sample exchange and window; PARAMETERS=FILE takes another parameter file, SCENE=archegos plays a story
	@.venv/bin/palisade demo $(if $(PARAMETERS),--parameters "$(PARAMETERS)") $(if $(SCENE),--scene "$(SCENE)")

test: lint  ## Style, types, layers, catalogues and all tests
	@$(python) -m pytest -q --numprocesses logical --maxprocesses 4 --dist loadfile

lint: setup  ## Style, types, layers and catalogues
	@.venv/bin/ruff check --quiet
	@.venv/bin/ruff format --check --quiet || { .venv/bin/ruff format --check; exit 1; }
	@.venv/bin/mypy --no-error-summary
	@mkdir -p build
	@.venv/bin/lint-imports >build/layers.txt 2>&1 || { cat build/layers.txt; exit 1; }
	@$(python) -m resources.translations.update --check

bench: setup  ## Benchmarks with their lower bounds; writes build/bench.json
	@$(python) -m tests.bench

screenshots: setup  ## Pictures of every screen from the running demo, into docs/screens; fails on blank or clipped ones
	@$(python) -m tests.screens

fuzz: setup  ## Damaged parameter files through both readers for 10 minutes; SECONDS=60 takes another time, SEED=1 the same files
	@$(python) -m tests.fuzz --seconds $(or $(SECONDS),600) $(if $(SEED),--seed $(SEED))

crash: setup  ## Kills the record store 1,000 times, store, gate and authority at each write and sync, flips every bit of an archive; KILLS=100 PARTS=executor,flips
	@$(python) -m tests.crash --kills $(or $(KILLS),1000) $(if $(PARTS),--parts $(PARTS))

translations: setup  ## Collects the sentences, updates and compiles the catalogues
	@$(python) -m resources.translations.update

sample-market: setup  ## Writes the sample market anew, in both formats
	@$(python) -m resources.sample.generate
	@$(python) -m resources.sample.statistics

clean:  ## Removes the virtual environment and everything built
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis *.egg-info
	find $(packages) tests -name __pycache__ -exec rm -rf {} +
