//! Runs whose folders are damaged: what they left is deleted where it is known, and told where it is not.

use std::path::{Path, PathBuf};

use crate::proxy::{Moment, Proxy, kill};
use crate::served::{Served, TENANT, configure, ended, graphwalk, run_name};

/// A run that was killed when it had three users and a group, and the review was being created.
struct Killed {
    folder: tempfile::TempDir,
    served: Served,
    _proxy: Proxy,
    run: String,
}

impl Killed {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let served = Served::start(folder.path());
        let proxy = Proxy::start(served.address, Some((9, Moment::Before, kill)));
        configure(folder.path(), &proxy.url, &served.url);
        let mut command = graphwalk(folder.path(), &["run", "--on", "live", "--yes"]);
        proxy.watch(command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap());
        assert_eq!(proxy.wait(), None);
        let run = run_name(folder.path());
        assert_eq!(served.holds().len(), 3 + 4);
        Self { folder, served, _proxy: proxy, run }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path().join(".graphwalk/runs").join(&self.run).join(name)
    }

    /// Lets the journal end after so many lines, and so many bytes of the next.
    fn cut(&self, lines: usize, bytes: usize) {
        let text = std::fs::read_to_string(self.file("journal")).unwrap();
        let kept: usize = text.split_inclusive('\n').take(lines).map(str::len).sum();
        std::fs::write(self.file("journal"), &text[..kept + bytes]).unwrap();
    }
}

#[test]
fn a_run_without_a_journal_keeps_no_other_from_being_cleaned() {
    let killed = Killed::start();
    let broken = killed.path().join(".graphwalk/runs/20200101-0000-aaaa");
    std::fs::create_dir(&broken).unwrap();
    let (code, text) = ended(killed.path(), &["clean"]);
    assert_eq!((code, text.matches("deleted  ").count()), (1, 4), "{text}");
    killed.served.holds_only_its_seed(&text);
    assert!(text.contains("20200101-0000-aaaa") && text.contains("gw202001010000aaaa"), "{text}");
    // The others are clean, and it is still told.
    let (code, text) = ended(killed.path(), &["clean"]);
    assert!(code == 1 && text.contains("nothing of run 20200101-0000-aaaa was deleted"), "{text}");
    std::fs::remove_dir_all(&broken).unwrap();
    let (code, text) = ended(killed.path(), &["clean"]);
    assert!(code == 0 && text.contains("nothing to clean"), "{text}");
}

#[test]
fn a_run_whose_tenant_cannot_be_read_is_deleted_only_where_the_user_says_so() {
    let killed = Killed::start();
    let journal = std::fs::read_to_string(killed.file("journal")).unwrap();
    std::fs::write(killed.file("journal"), journal.replacen(TENANT, &TENANT.replace('5', "6"), 1)).unwrap();
    let run = killed.run.as_str();
    let other = "99999999-0000-4000-8000-000000000009";
    for arguments in [&["clean"][..], &["clean", run], &["clean", "--tenant", TENANT]] {
        let (code, text) = ended(killed.path(), arguments);
        assert_eq!((code, killed.served.holds().len()), (1, 3 + 4), "{arguments:?}: {text}");
        let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(line.contains("line 1 of the journal") && line.contains("nothing was deleted"), "{text}");
        assert!(line.contains(&format!("graphwalk clean {run} --tenant ID")), "{text}");
    }
    let (code, text) = ended(killed.path(), &["clean", run, "--tenant", other]);
    assert!(code != 0 && killed.served.holds().len() == 3 + 4, "{text}");
    let (code, text) = ended(killed.path(), &["resume", run, "--yes"]);
    assert!(code == 2 && killed.served.holds().len() == 3 + 4, "{text}");
    // What the damaged line told stays unknown: the exit code says so.
    let (code, text) = ended(killed.path(), &["clean", run, "--tenant", TENANT]);
    assert_eq!((code, text.matches("deleted  ").count()), (1, 4), "{text}");
    killed.served.holds_only_its_seed(&text);
}

#[test]
fn the_state_has_what_a_torn_journal_lost() {
    // In the middle of a line, and between two.
    for (lines, bytes) in [(1, 40), (4, 1), (5, 0)] {
        let killed = Killed::start();
        killed.cut(lines, bytes);
        let (_, text) = ended(killed.path(), &["runs"]);
        assert_eq!(bytes > 0, text.contains("lines of its journal were lost"), "{text}");
        let (code, text) = ended(killed.path(), &["clean"]);
        assert_eq!((code, text.matches("deleted  ").count()), (0, 4), "{lines}, {bytes}: {text}");
        killed.served.holds_only_its_seed(&text);
        let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(line.contains("lines of the journal were lost") && line.contains("were missing"), "{text}");
    }
}

#[test]
fn a_run_whose_journal_is_torn_goes_on_with_what_the_state_knows() {
    for (lines, bytes) in [(3, 40), (5, 0)] {
        let killed = Killed::start();
        killed.cut(lines, bytes);
        let (code, text) = ended(killed.path(), &["resume", &killed.run, "--yes"]);
        assert_eq!(code, 0, "{lines}, {bytes}: {text}");
        killed.served.holds_only_its_seed(&text);
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_may_write_to_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let killed = Killed::start();
    let runs = killed.path().join(".graphwalk/runs");
    std::fs::set_permissions(&runs, std::fs::Permissions::from_mode(0o777)).unwrap();
    for arguments in [&["clean"][..], &["run", "--on", "live", "--yes"], &["resume", killed.run.as_str(), "--yes"]] {
        let (code, text) = ended(killed.path(), arguments);
        assert_eq!((code, killed.served.holds().len()), (2, 3 + 4), "{arguments:?}: {text}");
        assert!(text.contains("others may write to") && text.contains("chmod go-w"), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn a_lock_that_is_a_link_is_not_followed() {
    let killed = Killed::start();
    let target = killed.path().join("precious");
    std::fs::write(&target, "precious").unwrap();
    std::fs::remove_file(killed.file("lock")).unwrap();
    std::os::unix::fs::symlink(&target, killed.file("lock")).unwrap();
    let (code, text) = ended(killed.path(), &["clean"]);
    assert_eq!((code, killed.served.holds().len()), (1, 3 + 4), "{text}");
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "precious");
    assert!(text.contains("is a link"), "{text}");
}
