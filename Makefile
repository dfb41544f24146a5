# A thin front to the scripts in tools/. Needs make and git; `make setup` installs the rest.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test build bench setup docs lint interop sanitize fuzz endurance bench-codec bench-mailbox bench-bridge rock release clean distclean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## two Lua processes find each other and talk, under Wine
	@tools/lua examples/demo.lua

test: ## run the specs and tests; the last line counts them
	@tools/test

build: ## build the module for Windows
	@tools/build

bench: ## measure what messages cost, against C and LuaSocket
	@tools/bench

setup: ## install what is missing: packages, Windows Lua, Wine prefix
	@tools/setup

lint: ## check C and Lua without running them, and that the reference is complete
	@tools/test lint msvc docs

docs: ## render the reference: docs/reference.md, and build/docs
	@tools/docs/render
	@cp build/reference.md docs/reference.md
	@echo build/docs/index.html

endurance: ## kill processes and servers under traffic, flood, look for leaks: minutes
	@tools/test endurance bridge-endurance

interop: ## drive Vim, SciTE and Pageant, which it builds the first time: minutes
	@tools/test interop

sanitize: ## run what is portable on this machine with ASan and UBSan, and TSan
	@tools/test sanitize tsan

fuzz: ## run libFuzzer on the codec, and on frames, for FUZZ_SECONDS each
	@tools/fuzz decode
	@tools/fuzz frames

bench-codec: ## time the codec beside others; draws a chart
	@tools/bench-codec

bench-mailbox: ## time what our own work on a message takes, without Windows
	@tools/bench-mailbox

bench-bridge: ## measure what other desktops cost, and what 200 of them cost a server
	@tools/bench-bridge
	@tools/bench-bridge desks

rock: ## install by LuaRocks into build/rock and load the module from there
	@tools/test rock

release: ## pack the zip of a release, for the Lua in use, into build/release
	@tools/release

clean: ## remove what was built of this project
	@rm -rf build/mingw build/mingw-i686 build/native build/native-sanitize build/native-tsan build/fuzz build/bench build/analyze build/msvc-mode build/rock build/test build/rocks build/release build/docs build/reference.lua build/reference.md

distclean: ## remove all of build/, the Windows Lua and the Wine prefix too
	@tools/distclean
