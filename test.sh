#!/usr/bin/env bash
# Runs every test suite and installs what they need. The last line is `N passed, N failed, N skipped`.
# Usage: ./test.sh [NAME …]    only the suites whose name contains one of the NAMEs (for example: ./test.sh Node builder)
set -uo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"

passed=0 failed=0 skipped=0
failures=()
results=artifacts/test-results
suite_limit=${AEROGRID_TEST_SUITE_SECONDS:-900}
started=$SECONDS

say() { printf '\n== %s (%d s)\n' "$*" $((SECONDS - started)); }

wanted() {
    [[ $# -eq 1 || -z ${2:-} ]] && return 0
    local name=$1 part
    shift
    for part in "$@"; do [[ ${name,,} == *"${part,,}"* ]] && return 0; done
    return 1
}

# Debian packages of the programs that tests run against; without root or apt the tests concerned skip by name.
install_tools() {
    local missing=() entry program package
    for entry in bwrap:bubblewrap docker-registry:docker-registry skopeo:skopeo nft:nftables zsh:zsh curl:curl jq:jq git:git kcat:kcat; do
        program=${entry%%:*} package=${entry#*:}
        command -v "$program" >/dev/null || missing+=("$package")
    done
    [[ -x /usr/bin/python3 ]] || missing+=(python3)
    /usr/bin/python3 -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)
    [[ ${#missing[@]} -eq 0 ]] && return 0
    if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
        echo "not installed, tests that need them are skipped: ${missing[*]}"
        return 0
    fi
    say "installing ${missing[*]}"
    # Packages must not start their services: tests start their own on free ports.
    local policy=/usr/sbin/policy-rc.d
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } \
        >"$results/install.log" 2>&1 || { tail -5 "$results/install.log"; echo "installing failed, tests that need these programs are skipped"; }
}

count() { # suite, passed, failed, skipped, exit code
    passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
    if [[ $5 -ne 0 && $3 -eq 0 ]]; then
        failed=$((failed + 1))
        failures+=("$1 ended with exit code $5")
    elif [[ $3 -ne 0 ]]; then
        failures+=("$1: $3 failed")
    fi
}

run_dotnet_suite() {
    local name=$1 log="$results/$1.log" total=0 errors=0 bad=0 skips=0 code summary
    say "$name"
    timeout --kill-after=30 "$suite_limit" "artifacts/bin/$name/debug/$name" -noColor -ctrf "$results/$name.json" >"$log" 2>&1
    code=$?
    grep -vE '^ *(Discover|Starting:|Finished:)|^xUnit.net|^$' "$log" | tail -200
    summary=$(grep -E "Total: [0-9]+, Errors:" "$log" | tail -1)
    if [[ $summary =~ Total:\ ([0-9]+),\ Errors:\ ([0-9]+),\ Failed:\ ([0-9]+),\ Skipped:\ ([0-9]+),\ Not\ Run:\ ([0-9]+) ]]; then
        errors=${BASH_REMATCH[2]} bad=${BASH_REMATCH[3]} skips=${BASH_REMATCH[4]}
        total=$((BASH_REMATCH[1] - BASH_REMATCH[5]))
    fi
    [[ $code -eq 124 ]] && echo "$name did not end within $suite_limit s"
    count "$name" $((total - bad - skips)) $((bad + errors)) "$skips" "$code"
}

run_python_suite() {
    local name=$1 folder=$2 python=${3:-/usr/bin/python3} log="$results/$1.log" code ran=0 bad=0 skips=0
    say "$name"
    (cd "$folder" && PYTHONDONTWRITEBYTECODE=1 timeout --kill-after=30 "$suite_limit" "$python" -m unittest discover -v -s tests) >"$log" 2>&1
    code=$?
    [[ $code -eq 0 ]] || tail -60 "$log"
    grep -E ' \.\.\. skipped' "$log"
    [[ $(grep -E '^Ran [0-9]+ test' "$log") =~ Ran\ ([0-9]+) ]] && ran=${BASH_REMATCH[1]}
    [[ $(tail -1 "$log") =~ failures=([0-9]+) ]] && bad=$((bad + BASH_REMATCH[1]))
    [[ $(tail -1 "$log") =~ errors=([0-9]+) ]] && bad=$((bad + BASH_REMATCH[1]))
    [[ $(tail -1 "$log") =~ skipped=([0-9]+) ]] && skips=${BASH_REMATCH[1]}
    grep -E '^Ran ' "$log"
    count "$name" $((ran - bad - skips)) "$bad" "$skips" "$code"
}

# One Python of each version that the SDK supports: "VERSION PATH", the system's own first.
pythons() {
    local python
    for python in /usr/bin/python3 /usr/bin/python3.[0-9]* /usr/local/bin/python3.[0-9]* "$HOME"/.pyenv/versions/3.*/bin/python3; do
        [[ -x $python && $python != *-config ]] &&
            "$python" -c 'import sys; sys.version_info >= (3, 10) and print("%d.%d" % sys.version_info[:2], sys.executable)' 2>/dev/null
    done | awk '!seen[$1]++'
}

run_node_suite() {
    local name=$1 folder=$2 log="$results/$1.log" code ran=0 bad=0 skips=0
    say "$name"
    if ! command -v npm >/dev/null; then
        echo "skipped: npm is not installed"
        count "$name" 0 0 1 0
        return
    fi
    (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund && timeout --kill-after=30 "$suite_limit" npm test -- --test-reporter=tap) >"$log" 2>&1
    code=$?
    [[ $code -eq 0 ]] || tail -80 "$log"
    grep -E '^# (pass|fail|cancelled|skipped) ' "$log"
    [[ $(grep -E '^# pass ' "$log") =~ ([0-9]+) ]] && ran=${BASH_REMATCH[1]}
    [[ $(grep -E '^# fail ' "$log") =~ ([0-9]+) ]] && bad=$((bad + BASH_REMATCH[1]))
    [[ $(grep -E '^# cancelled ' "$log") =~ ([0-9]+) ]] && bad=$((bad + BASH_REMATCH[1]))
    [[ $(grep -E '^# skipped ' "$log") =~ ([0-9]+) ]] && skips=${BASH_REMATCH[1]}
    count "$name" "$ran" "$bad" "$skips" "$code"
}

finish() {
    say "done"
    local f
    for f in "${failures[@]}"; do echo "FAILED $f"; done
    echo "$passed passed, $failed failed, $skipped skipped"
    [[ $failed -eq 0 && $passed -gt 0 ]]
    exit
}

mkdir -p "$results"
command -v dotnet >/dev/null || { echo "the .NET 10 SDK is needed: https://dot.net/download"; exit 1; }
install_tools

say "building"
if ! dotnet build AeroGrid.slnx -p:UseSharedCompilation=true -nologo -clp:NoSummary >"$results/build.log" 2>&1; then
    grep -E 'error' "$results/build.log" | sort -u | head -40
    count build 0 1 0 1
    finish
fi
if ! ./aerogrid version; then
    count launcher 0 1 0 1
    finish
fi

for project in tests/*.Tests; do
    name=$(basename "$project")
    wanted "$name" "$@" && run_dotnet_suite "$name"
done
wanted deploy/images/builder "$@" && run_python_suite deploy-images-builder deploy/images/builder
if wanted clients/python "$@"; then
    while read -r version python; do run_python_suite "clients-python-$version" clients/python "$python"; done < <(pythons)
fi
for folder in tests/node-client; do
    wanted "$folder" "$@" && run_node_suite "${folder//\//-}" "$folder"
done
finish
