#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# labs/gradescope/setup.sh - run once by Gradescope, as root, when the image is made: the package lies in /autograder/source. Installs
# what Ringside needs and builds it there. The lab and its guests are those of the students' archive.
set -eu
cd "$(dirname "$0")"
[ -d ringside ] || tar -xzf ringside.tar.gz
[ -d labs ] || tar -xzf labs.tar.gz
if [ ! -x ringside/build/ringside ]; then
	command -v make > /dev/null && command -v gcc > /dev/null || { apt-get update -q && apt-get install -y -q make gcc libc6-dev; }
	make -C ringside setup
	make -C ringside
fi
ringside/build/ringside --version
