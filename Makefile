# SPDX-License-Identifier: GPL-2.0
#
# wapi: the kernel module, its library, its tools, and their tests in a guest.
# All that is made goes to build/, the module of each kernel to build/<KVER>/.

running := $(shell uname -r)
with_headers := $(patsubst /lib/modules/%/build,%,$(wildcard /lib/modules/*/build))
KVER ?= $(or $(filter $(running),$(with_headers)),$(shell \
	printf '%s\n' $(with_headers) | sort -V | tail -n 1))
KDIR ?= /lib/modules/$(KVER)/build

# The kernels of the guests: of `make check`, and of all others.
KERNELS ?= 6.1 6.12
KERNEL ?= 6.12

build := $(CURDIR)/build
module := $(build)/$(KVER)
root := $(build)/root
tools := $(patsubst tools/%/Makefile,%,$(wildcard tools/*/Makefile))
guest := selftests/qemu

# Debian's names of what the guests need, and of what their tests need besides.
packages := gcc libc6-dev libjansson-dev pkg-config perl qemu-system-x86 \
	    busybox-static cpio kmod
tests: packages := $(packages) g++ gcc-multilib libglib2.0-dev libsystemd-dev \
		   libuv1-dev linux-source-6.12 mandoc xz-utils
# Some semantic patches are written in OCaml, which coccinelle then compiles.
static := clang clang-tidy codespell coccinelle git linux-source-6.12 ocaml-nox \
	  shellcheck sparse xz-utils
check-static: packages += $(static)

all: modules lib tools ## build the module, the library and the tools

# Kbuild writes beside its sources, so each kernel gets links to them.
modules: ## build the module for the kernel KVER: the running one, else the newest
	@[ -e $(KDIR)/Makefile ] || { echo "no headers of a kernel: $(KDIR)" >&2; exit 1; }
	@[ $(KVER) = $(running) ] || echo "Building for Linux $(KVER); $(running) is running."
	@mkdir -p $(module)
	@find $(module) -xtype l -delete
	@cp -rsf $(addprefix $(CURDIR)/,Kbuild module uapi) $(module)
	$(MAKE) -C $(KDIR) M=$(module) W=1 modules

lib: ## build the library
	$(MAKE) -C lib O=$(build)/lib

tools: lib ## build the tools
	set -e; $(foreach tool,$(tools),$(MAKE) -C tools/$(tool) O=$(build)/tools;)

install: lib tools ## install the library and the tools, to DESTDIR and PREFIX
	$(MAKE) -C lib O=$(build)/lib install
	set -e; $(foreach tool,$(tools),$(MAKE) -C tools/$(tool) O=$(build)/tools install;)

# Headers come without the key that the distribution signs with.
unsigned = $(if $(wildcard $(KDIR)/certs/signing_key.pem),,CONFIG_MODULE_SIG_ALL=)
modules_install: modules ## install the module, so that `modprobe wapi` finds it
	$(MAKE) -C $(KDIR) M=$(module) INSTALL_MOD_DIR=updates $(unsigned) \
		modules_install
	PATH="$$PATH:/sbin" depmod $(if $(INSTALL_MOD_PATH),-b $(INSTALL_MOD_PATH)) $(KVER)

# What is made for several targets is made once, with the packages of one of them.
check: tests $(KERNELS:%=module-%) ## run every test, on each of KERNELS
	$(guest)/deps.sh $(static)
	MAKE='$(MAKE)' $(guest)/check.sh $(KERNELS)

check-hostile: ## run every test under the kernel's own checkers, and more; for hours
	MAKE='$(MAKE)' selftests/hostile/run.sh

check-static: packages ## check the sources, without running anything
	MAKE='$(MAKE)' selftests/static/check.sh $(KERNELS)

bench: ## measure all, in guests, and write selftests/bench/RESULTS.md
	MAKE='$(MAKE)' KERNEL=$(KERNEL) selftests/bench/bench.sh

bench-check: ## check that what has a bar in selftests/bench/bars keeps it
	@MAKE='$(MAKE)' KERNEL=$(KERNEL) selftests/bench/bench.sh -c

demo: root module-$(KERNEL) ## show what wapi does, in a guest, on /usr/include
	$(guest)/guest.sh -k $(KERNEL) -m 1024 -a /usr/include:/usr/include \
		/usr/lib/wapi/demo

vm: root module-$(KERNEL) ## start a shell in a guest with the module loaded
	$(guest)/guest.sh -k $(KERNEL) -i

# The root directory of a guest: all of ours but the module.
root: packages
	$(MAKE) lib tools
	$(MAKE) install DESTDIR=$(root) PREFIX=/usr

tests: root ## build the tests, and put them into the root directory of guests
	rm -rf $(root)/usr/lib/wapi/selftests
	$(MAKE) -C selftests O=$(build)/selftests \
		install INSTALL_PATH=$(root)/usr/lib/wapi/selftests

bench-programs: root
	$(MAKE) -C selftests/bench O=$(build)/bench \
		install INSTALL_PATH=$(root)/usr/lib/wapi/bench

# The module for a kernel of Debian's, or a checking one, that need not be installed
# here.
module-%: packages
	kernel=$$($(guest)/kernel.sh $*) && eval "$$kernel" && \
		$(MAKE) modules KVER="$$KVER" KDIR="$$KDIR"

packages:
	$(guest)/deps.sh $(packages)

clean: ## remove all that was built
	rm -rf $(build)

help: ## show this
	@sed -n 's/^\([a-z_-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

.PHONY: all modules lib tools install modules_install check check-static \
	check-hostile bench bench-check demo vm root tests bench-programs packages \
	clean help
