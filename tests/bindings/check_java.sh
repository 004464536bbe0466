#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Compiles and runs the test of the Java binding: check_java.sh JAR COMMAND MODELS LAYOUT UNSUPPORTED
set -eu
jar=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
javac -Xlint:all -Werror -cp "$jar" -d "$work" "$(dirname "$0")"/../../examples/bindings/java/org/incexport/*.java
java -ea -cp "$jar:$work" org.incexport.Test "$@"
