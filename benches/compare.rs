//! The server that was just built beside an older build of it, in pairs that alternate, at one simulated tenant. The machine may be busy:
//! each pair meets the same load, and what counts is the middle of the ratios.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use super::Size;
use super::processes::{SERVER, Session, Tenant};

/// What is measured of one process, in the order in which it is printed.
const MEASURES: [(&str, &str); 6] = [
    ("start to the answer of `initialize`", "ms"),
    ("resident memory after the start", "MiB"),
    ("processor time of a list of 50 computers", "µs"),
    ("resident memory at most, after the lists", "MiB"),
    ("`tools/list` of every tool, all pages", "ms"),
    ("resident memory with every tool, after `tools/list`", "MiB"),
];

/// Measures both builds in turn and prints the medians, with the median of the ratios of the pairs.
pub(crate) fn run(before: &Path, size: &Size, tenant: &Tenant) {
    println!("before: {}", before.display());
    // What is made once, such as keys of the state folder, is made before anything counts.
    let now = Path::new(SERVER);
    for binary in [before, now] {
        measure(binary, 10, tenant);
    }
    let pairs: Vec<[[f64; MEASURES.len()]; 2]> = (0..size.pairs)
        .map(|pair| {
            let [mut first, mut second] = [before, now];
            if pair % 2 == 1 {
                (first, second) = (second, first);
            }
            let measured = [first, second].map(|binary| measure(binary, size.lists, tenant));
            if pair % 2 == 1 { [measured[1], measured[0]] } else { measured }
        })
        .collect();
    println!("{} pairs, {} lists each:", size.pairs, size.lists);
    for (at, (what, unit)) in MEASURES.iter().enumerate() {
        let middle = |value: &dyn Fn(&[[f64; MEASURES.len()]; 2]) -> f64| {
            let mut values: Vec<f64> = pairs.iter().map(value).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        println!(
            "{what}: {:.2} {unit} before, {:.2} {unit} now; ratio {:.2}",
            middle(&|pair| pair[0][at]),
            middle(&|pair| pair[1][at]),
            middle(&|pair| pair[1][at] / pair[0][at])
        );
    }
}

fn measure(binary: &Path, lists: usize, tenant: &Tenant) -> [f64; MEASURES.len()] {
    let mut server = Session::of_binary(binary, tenant, &[]);
    let (started, idle) = (server.started, server.memory("VmRSS"));
    let arguments = json!({ "page_size": 50 });
    // The token and the first connection are no part of a call.
    server.call("computer_list", arguments.clone());
    let used = server.processor_time();
    for _ in 0..lists {
        server.call("computer_list", arguments.clone());
    }
    let used = (server.processor_time() - used).as_secs_f64() * 1e6 / lists as f64;
    let peak = server.memory("VmHWM");
    drop(server);
    let mut server = Session::of_binary(binary, tenant, &["--toolsets", "all"]);
    server.whole_list();
    let mut listed: Vec<Duration> = (0..5)
        .map(|_| {
            let begun = Instant::now();
            server.whole_list();
            begun.elapsed()
        })
        .collect();
    listed.sort_unstable();
    let everything = server.memory("VmRSS");
    [started.as_secs_f64() * 1e3, idle, used, peak, listed[2].as_secs_f64() * 1e3, everything]
}
