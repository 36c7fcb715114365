//! How many connections the system lets a process have.

/// Raises the number of open files, and so of connections, to the most that the system allows without asking. Returns
/// that number, or none if the system has none. It changes the whole process, so it is the program's to call.
#[cfg(unix)]
pub fn raise_open_files() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // Where there is no most, macOS still refuses more than that.
    let wanted = maximum.unwrap_or(10_240);
    if current.is_none_or(|current| current >= wanted) {
        return current;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }) {
        Ok(()) => Some(wanted),
        Err(_) => current,
    }
}

/// Windows does not count connections among open files.
#[cfg(not(unix))]
pub fn raise_open_files() -> Option<u64> {
    None
}
