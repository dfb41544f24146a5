# Shortcuts for the scripts in tools/. Needs make and git; `make setup` installs the rest.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test build bench setup docs lint interop sanitize fuzz endurance bench-codec bench-mailbox bench-bridge rock release clean distclean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## run two Lua processes that find each other and talk, under Wine
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

docs: ## render the reference to docs/reference.md and build/docs
	@tools/docs/render
	@cp build/reference.md docs/reference.md
	@echo build/docs/index.html

endurance: ## kill processes and servers under traffic, flood, check for leaks; takes minutes
	@tools/test endurance bridge-endurance

interop: ## drive Vim, SciTE and Pageant, built on first use; takes minutes
	@tools/test interop

sanitize: ## test the portable code on this machine with ASan, UBSan and TSan
	@tools/test sanitize tsan

fuzz: ## run libFuzzer on the codec and on frames, FUZZ_SECONDS each
	@tools/fuzz decode
	@tools/fuzz frames

bench-codec: ## time the codec against others; draws a chart
	@tools/bench-codec

bench-mailbox: ## time our own work per message, without Windows
	@tools/bench-mailbox

bench-bridge: ## measure messages to other desktops, and 200 desktops on one server
	@tools/bench-bridge
	@tools/bench-bridge desks

rock: ## install with LuaRocks into build/rock and load the module from there
	@tools/test rock

release: ## pack the release zip for the current Lua into build/release
	@tools/release

clean: ## remove the project's build results
	@rm -rf build/mingw build/mingw-i686 build/native build/native-sanitize build/native-tsan build/fuzz build/bench build/analyze build/msvc-mode build/rock build/test build/rocks build/release build/docs build/reference.lua build/reference.md

distclean: ## remove all of build/, including the Windows Lua and the Wine prefix
	@tools/distclean
