//! An answer that is too large is not read to its end, and fills no memory.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use flate2::{Compress, Compression, FlushCompress};

use crate::proxy::{Deed, Proxy};
use crate::served::{Served, configure, graphwalk, told};

/// How much is packed into the answer, in MiB.
const PACKED: usize = 1024;

/// How much memory the program may take at most, in MiB: two of its limits, and itself.
const MOST: usize = 250;

/// An answer of about 1 MB that becomes 1 GiB.
fn bomb() -> Arc<[u8]> {
    // One block of a MiB that repeats itself, so that it can be repeated.
    let mut packer = Compress::new(Compression::best(), false);
    let mut block = Vec::with_capacity(64 * 1024);
    packer.compress_vec(&vec![b' '; 1024 * 1024], &mut block, FlushCompress::Full).unwrap();
    let mut body = b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec();
    (0..PACKED).for_each(|_| body.extend_from_slice(&block));
    let mut answer = Vec::new();
    write!(answer, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\n").unwrap();
    write!(answer, "connection: close\r\ncontent-length: {}\r\n\r\n", body.len()).unwrap();
    answer.extend_from_slice(&body);
    answer.into()
}

/// Runs the program; its exit code, what it told, and the most memory that it had, in MiB.
fn measured(folder: &Path, arguments: &[&str]) -> (i32, String, usize) {
    let child = graphwalk(folder, arguments).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let watch = std::thread::spawn(move || {
        let mut most = 0;
        // The file is there until somebody has asked how the program ended; a dead one has no memory any more.
        while let Ok(text) = std::fs::read_to_string(&status) {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let Some(now) = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<usize>().ok()) else {
                break;
            };
            most = most.max(now / 1024);
            std::thread::sleep(Duration::from_millis(2));
        }
        most
    });
    let (code, text) = told(&child.wait_with_output().unwrap());
    (code, text, watch.join().unwrap())
}

#[test]
#[cfg(target_os = "linux")]
fn a_megabyte_that_becomes_a_gigabyte_is_refused_and_fills_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let bomb = bomb();
    assert!(bomb.len() < 1_500_000, "{}", bomb.len());
    for (what, expected) in [
        (
            "GET /v1.0/organization",
            "GET /v1.0/organization got more than 64 MiB, which is the most that an answer may have",
        ),
        ("/oauth2/v2.0/token", "sent too large an answer: more than 1 MiB"),
    ] {
        let answer = Arc::clone(&bomb);
        let proxy = Proxy::deciding(served.address, move |line| {
            if line.contains(what) { Deed::Raw(Arc::clone(&answer)) } else { Deed::Forward }
        });
        configure(folder.path(), &proxy.url, &proxy.url);
        let (code, text, most) = measured(folder.path(), &["run", "--on", "live", "--yes"]);
        assert_eq!(code, 3, "{text}");
        assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains(expected), "{text}");
        assert!((5..MOST).contains(&most), "{most} MiB: {text}");
        println!("{what}: at most {most} MiB");
    }
    served.holds_only_its_seed("nothing was written");
}

#[test]
fn the_limit_of_an_answer_can_be_configured() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let large = crate::proxy::answer("200 OK", "", &format!("{{\"value\": [], \"x\": \"{}\"}}", "x".repeat(2 << 20)));
    let proxy = Proxy::deciding(served.address, move |line| match line {
        _ if line.starts_with("GET /v1.0/organization") => Deed::Answer(large.clone()),
        _ => Deed::Forward,
    });
    configure(folder.path(), &proxy.url, &proxy.url);
    for (limit, expected) in [("1", "got more than 1 MiB"), ("3", "the tenant does not name its default domain")] {
        let mut command = graphwalk(folder.path(), &["run", "--on", "live", "--yes"]);
        let (code, text) = told(&command.env("GRAPHWALK_LIMITS_ANSWER", limit).output().unwrap());
        assert!(code == 3 && text.contains(expected), "{text}");
    }
    let mut command = graphwalk(folder.path(), &["config", "show"]);
    let (code, text) = told(&command.env("GRAPHWALK_LIMITS_ANSWER", "many").output().unwrap());
    assert!(code == 2 && text.contains("a whole number of MiB, from 1 to 4096") && !text.contains("many"), "{text}");
}
