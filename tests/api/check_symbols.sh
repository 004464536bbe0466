#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The library exports what the map lists, no more and no less, and the map lists what the headers
# declare: check_symbols.sh LIBRARY MAP INCLUDE-FOLDER
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
nm -D --defined-only "$1" | awk '$2 ~ /[TDBR]/ { sub(/@.*/, "", $3); print $3 }' | sort >"$work/exported"
grep -o '^ *inc_[a-z0-9_]*;' "$2" | tr -d ' ;' | sort >"$work/listed"
cat "$3"/*.h | tr '\n' ' ' | grep -o 'INC_API [^;(#]*inc_[^;(#]*(' | sed 's/.*[ *]\(inc_[a-z0-9_]*\)($/\1/' |
    sort >"$work/declared"
[ -s "$work/listed" ]
diff -u "$work/listed" "$work/exported"
diff -u "$work/listed" "$work/declared"
