//! Why a fault script was refused.

/// An error in a fault script, with its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// The text is no JSON document.
    #[error("line {line}, column {column}: expected a JSON document, {reason}")]
    Syntax {
        /// The line; 1 for the first.
        line: usize,
        /// The column; 1 for the first.
        column: usize,
        /// The parser's words.
        reason: String,
    },
    /// A value is not what can stand there.
    #[error("{}: expected {expected}, got {got}", place(pointer))]
    Value {
        /// The JSON pointer of the value (RFC 6901); empty for the whole document.
        pointer: String,
        /// The values that can stand there.
        expected: String,
        /// The value that stands there.
        got: String,
    },
}

fn place(pointer: &str) -> &str {
    if pointer.is_empty() { "the whole document" } else { pointer }
}
