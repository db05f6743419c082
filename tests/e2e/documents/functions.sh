# What blocks of the documents read and their readers have: shell functions that
# hidden lines (`<!-- run: … -->`) call.

# Models in a blink from here on, where no number is shown.
quick() {
    printf '%s\n' '[train]' 'learner = "boosted"' 'members = 3' 'trees = 8' \
        '[simulate]' 'members = 2' 'trees = 4' 'repeats = 1' >altool.toml
}

# A batch with results in a column of this name, made up.
measured() {
    awk -v name="$1" 'NR == 1 { print $0 "," name; next } { print $0 "," 100 + NR }' "$2"
}

# What stands in for the table that is not in the repository.
full_table() {
    cp fixtures/llm/measured.csv hw_llm_inference_bench.csv
    tail -n +2 fixtures/llm/results.csv >>hw_llm_inference_bench.csv
}

# Results in Parquet, candidates, rows that are running, and a benchmark.
nightly_tables() {
    mkdir -p results
    rm -f model.altool
    seq 60 | awk 'BEGIN { print "n,k,latency_ms" } { print $1 "," $1 % 7 "," 3 * $1 + $1 % 7 ".5" }' >all.csv
    head -n 41 all.csv >measured.csv
    awk -F , 'NR == 1 || NR > 41 { print $1 "," $2 }' all.csv >free.csv
    awk -F , 'NR == 1 || NR > 59 { print $1 "," $2 }' all.csv >running.csv
    altool select measured.csv -n 40 --columns n,k,latency_ms -o results/measured.parquet
    altool select free.csv -n 20 --columns n,k -o candidates.parquet
}

run-benchmarks() {
    measured latency_ms "$1"
}

# Jobs, candidates and three models of language models on hardware.
placement_tables() {
    sed '1s/hardware/gpu/' fixtures/llm/candidates.csv >candidates.csv
    {
        echo num_devices,framework,model,in_out_len,batch_size,runs_on
        tail -n +2 candidates.csv | cut -d , -f 2- | sort -u | awk 'NR <= 40 { print $0 ",Nvidia A100 GPU" }'
    } >jobs.csv
    awk -F , -v OFS=, 'NR == 1 { print $0, "energy_j"; next } { print $0, 300 * $7 * $2 }' \
        fixtures/llm/measured.csv | sed '1s/hardware/gpu/' >measured.csv
    local line="--log-target --ignore latency_s,throughput_tok_s,energy_j"
    altool train measured.csv --target latency_s --direction min $line -o model.altool
    altool train measured.csv --target throughput_tok_s --direction max $line -o fast.altool
    altool train measured.csv --target energy_j --direction min $line -o frugal.altool
}

# Results of several devices, and candidates of one that was never measured.
phone_tables() {
    cut -d , -f 1-7 fixtures/llm/measured.csv | sed '1s/.*/device,devices,framework,model,length,batch,latency_ms/' >results.csv
    sed '1s/.*/device,devices,framework,model,length,batch/; 2,40s/^[^,]*/new phone/' fixtures/llm/candidates.csv >candidates.csv
    head -n 12 candidates.csv >phone.csv
    measured latency_ms phone.csv >measured.csv
}

# Candidates with a duration, of hardware that hosts have.
timed_tables() {
    local names='s/Nvidia A100 GPU/cuda/; s/Nvidia H100 GPU/webgpu/; 1s/latency_s/run_s/; /GPU\|Gaudi\|SN40/d'
    sed "$names" fixtures/llm/measured.csv >measured.csv
    sed "$names" fixtures/llm/results.csv >candidates.csv
    altool train measured.csv --target throughput_tok_s --ignore run_s --hardware hardware -o model.altool
}

# Measured rows of a space of kernels.
space_table() {
    printf '%s\n' hardware,batch_size,learning_rate,kernel,tile,unroll,threshold \
        cuda,1,0.1,direct,,,0.001 cpu,2,0.2,tiled,16,true,0.01 >measured.csv
}

# Results with columns that a run has beside its features.
configured_table() {
    seq 40 | awk 'BEGIN { print "run_id,host,size,latency_ms" } { print $1 ",h" $1 % 3 "," $1 % 9 "," 1 + $1 % 9 * 2 }' >results.csv
}
