//! What a step expects of an answer, as data: another program can be told to expect the same.

use serde_json::Value;

/// A place in an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spot {
    /// A JSON pointer.
    Pointer(String),
    /// A JSON path.
    Query(String),
}

/// An expectation of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Expectation {
    /// One of these statuses.
    Status(Vec<u16>),
    /// No body.
    NoBody,
    /// A list that does not go on on another page.
    LastPage,
    /// This value.
    Is(Spot, Value),
    /// Another value.
    IsNot(Spot, Value),
    /// One of these values.
    IsOneOf(Spot, Vec<Value>),
    /// This text, in upper or lower case.
    IsInAnyCase(Spot, String),
    /// A GUID.
    IsGuid(Spot),
    /// Nothing.
    IsAbsent(Spot),
    /// A text with this one within it, or a list that has this value.
    Contains(Spot, Value),
    /// A text that a regular expression finds itself in.
    Matches(Spot, String),
    /// A greater number, or a later moment.
    IsGreater(Spot, Value),
    /// A smaller number, or an earlier moment.
    IsLess(Spot, Value),
    /// A moment.
    IsTime(Spot, When),
    /// So many values that are found, each by itself.
    Finds(Spot, HowMany),
    /// A list of so many items; what is no list has none.
    HasItems(Spot, HowMany),
    /// A list that has exactly these values in any order; those of its items at a pointer.
    IsExactly(Spot, String, Vec<Value>),
    /// A list with so many items that have this value at a pointer.
    Has(Spot, String, Value, usize),
    /// This value at a pointer of each item of a list that is not empty.
    EachIs(Spot, String, Value),
    /// An expectation of a header.
    Header(String, HeaderExpectation),
}

/// The time at which a moment has to lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At any time.
    Ever,
    /// Before the answer.
    Past,
    /// After the answer.
    Future,
}

/// The number of values that are expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HowMany {
    /// So many.
    Exactly(usize),
    /// So many or more.
    AtLeast(usize),
}

/// The expected value of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderExpectation {
    /// This value.
    Is(String),
    /// A value with this text within it.
    Contains(String),
    /// A value that a regular expression finds itself in.
    Matches(String),
    /// It was not answered.
    Absent,
}
