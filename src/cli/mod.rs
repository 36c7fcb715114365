//! The command line: a file a command. It parses, calls the library, prints, and chooses the exit code.

/// How the program ends. The numbers are a contract that scripts rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All passed.
    Passed = 0,
    /// Something failed.
    Failed = 1,
    /// Wrong usage or unreadable input.
    Usage = 2,
    /// Nothing failed, but something could not be judged.
    Blocked = 3,
}
