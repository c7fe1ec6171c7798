# Everything a person or a machine does with the source. Needs make and Python 3.11 or newer.
# `make help` lists the targets.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

PYTHON ?= $(shell for p in python3.11 python3 python; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$p; break; }; done)
PORT ?= 8000
VENV := .venv
STAMPS := $(VENV)/stamps
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --quiet --quiet --disable-pip-version-check --no-input
INSTALL := $(PIP) install --require-hashes

FRONTEND := $(wildcard frontend/*.ts frontend/*.css) package.json package-lock.json tsconfig.json tools/frontend.py
CATALOGUES := $(wildcard src/meicheng/*/locale/*/LC_MESSAGES/django.po)

.PHONY: help setup demo demo-reset test bench fuzz wheel lock docs pictures format messages clean

help: ## list the targets
	@echo "Meicheng (美城). Targets:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name what; do printf '  make %-11s %s\n' "$$name" "$$what"; done

# --- setting up ---------------------------------------------------------------------------------

setup: $(STAMPS)/package $(STAMPS)/frontend $(STAMPS)/messages ## install everything into .venv and build the front end

$(PY):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found; name one with 'make PYTHON=/path/to/python3.11'."; exit 1; }
	@echo "• $(VENV): a virtual environment of $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }

$(STAMPS)/base: requirements/base.txt | $(PY)
	@echo "• the product's dependencies"
	@$(INSTALL) -r requirements/base.txt
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/package: pyproject.toml $(STAMPS)/base
	@echo "• meicheng itself"
	@$(PIP) install --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(STAMPS)/frontend: $(FRONTEND) $(STAMPS)/base
	@$(PY) -m tools.frontend build
	@touch $@

$(STAMPS)/messages: $(CATALOGUES) tools/messages.py $(STAMPS)/base
	@$(PY) -m tools.messages compile
	@touch $@

$(STAMPS)/test: requirements/test.txt $(STAMPS)/base
	@echo "• what the tests need"
	@$(INSTALL) -r requirements/test.txt
	@touch $@

$(STAMPS)/fuzz: requirements/fuzz.txt | $(PY)
	@echo "• what \`make fuzz\` needs, in an environment of its own"
	@$(PY) -m venv $(VENV)/fuzz
	@$(VENV)/fuzz/bin/python -m pip --quiet --quiet --disable-pip-version-check --no-input install --require-hashes -r $<
	@mkdir -p $(STAMPS) && touch $@

# --- running ------------------------------------------------------------------------------------

demo: setup ## make the demo city if there is none, and serve it on 127.0.0.1:$PORT
	@$(PY) -m tools.demo start --port $(PORT)

demo-reset: setup ## throw the demo city away, make it anew and serve it
	@$(PY) -m tools.demo reset --port $(PORT)

# --- holding ------------------------------------------------------------------------------------

test: setup $(STAMPS)/test ## everything that must hold
	@$(PY) -m tools.test

bench: setup $(STAMPS)/test ## measure everything, which takes long; results go to var/bench/*.json
	@$(PY) -m tools.bench

fuzz: setup $(STAMPS)/test $(STAMPS)/fuzz ## call everything that the APIs describe with what they were not made for
	@$(PY) -m tools.fuzz

format: $(STAMPS)/test ## put Python sources into the house's format
	@$(VENV)/bin/ruff check --quiet --fix-only .
	@$(VENV)/bin/ruff format .

messages: setup ## collect the words to translate into each room's catalogue
	@$(PY) -m tools.messages update

docs: setup $(STAMPS)/test ## write docs/settings.md and build the documents as pages in site/
	@$(PY) -m tools.documents build

pictures: setup $(STAMPS)/test ## take the README's pictures anew, on the browser test's walk through the demo city
	@$(PY) -m tools.pictures

# --- publishing ---------------------------------------------------------------------------------

wheel: setup ## build dist/meicheng-*.whl with the front end and the translations in it
	@rm -rf dist
	@$(PY) -m hatchling build --target wheel
	@$(PY) -m tools.wheel dist

lock: $(STAMPS)/base ## pin every dependency anew, with hashes and without any server's name
	@$(INSTALL) -r requirements/lock.txt
	@$(PY) -m tools.locks make

clean: ## remove what was built, but keep var/
	rm -rf $(VENV) node_modules dist site src/meicheng/static/built
