# Shortcuts for people; CI runs .ci/run and nothing else. https://just.systems

# What there is
default:
    @just --list

# The release binary
build:
    cargo build --release

# Install the binary with everything, built for speed rather than built fast
install:
    cargo install --path cli --locked --profile lasting --features full

# The whole loop on a small real table
demo *ARGS:
    cargo run --release -- demo {{ARGS}}

# All tests; a word of its name chooses one
test *ARGS:
    cargo test --workspace --all-features {{ARGS}}

# The long proofs in full: kills, damaged files, retraining (tests/README.md)
soak *ARGS:
    ALTOOL_SOAK=${ALTOOL_SOAK:-1} cargo test --workspace --all-features {{ARGS}} -- soak --include-ignored

# Format and lints
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# Format the sources
fmt:
    cargo fmt --all

# Everything CI checks
ci:
    .ci/run

# The architecture invariants and the documents' links only
architecture:
    cargo test -p house

# What the invariants count: files, functions, import cycles, names. --list says what, --root DIR where
measures *ARGS:
    cargo run -q -p house -- {{ARGS}}

# Accept changed snapshots, then look at what changed
snapshots:
    INSTA_UPDATE=always cargo test --workspace --all-features
    git diff --stat

# Write docs/CLI.md, STRATEGIES.md, LEARNERS.md and the marked parts of others from the program
references:
    ALTOOL_BLESS=1 cargo test --workspace --all-features --test e2e reference

# Write what sessions in README.md and docs/ print, where it differs from what is shown
documents:
    ALTOOL_BLESS=1 cargo test --workspace --all-features --test e2e documents

# API documentation of the workspace; broken links in it fail
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Licences, sources and known vulnerabilities (cargo install cargo-deny; needs the network)
deny:
    cargo deny check

# Micro-benchmarks: neighbours, selection and molecules
bench:
    cargo bench -p al-core -p al-models -p al-sampling -p al-chem

# Compare the golden numbers with what numpy, scikit-learn and RDKit say
golden:
    python3 fixtures/golden/make_golden.py --check
    python3 fixtures/golden/strategies_golden.py --check
    python3 fixtures/golden/expressions_golden.py --check
    python3 fixtures/molecules/make_golden.py --check

# Run the same commands with two binaries and compare all that they write
same-bytes OLD NEW *ARGS:
    python3 tests/same_bytes/run.py --old {{OLD}} --new {{NEW}} {{ARGS}}
