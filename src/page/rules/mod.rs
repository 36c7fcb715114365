//! The rules of `graphwalk lint`, a file a family.

mod blocks;
mod bodies;
mod calls;
mod echoes;
mod endings;
mod ids;
mod names;
mod permissions;
mod prose;
mod schema;
mod times;
mod versions;
mod wire;

pub(in crate::page) use calls::{is_judged, unknown_path};
pub(in crate::page) use schema::{BodyFinding, judge, other_case, violation_of_request};
pub use wire::expected_status;

use super::Page;
use super::source::Span;

/// The weight of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The page is wrong: who follows it fails.
    Error,
    /// The page misleads, or differs from what Graph does.
    Warning,
    /// A fact that a reader or a program that reads the page should know.
    Note,
}

/// A rule.
pub struct LintRule {
    /// Its name, in findings and allow comments.
    pub name: &'static str,
    /// The weight of its findings.
    pub level: Level,
    /// The fault that it finds, in one line.
    pub finds: &'static str,
    /// Whether it judges tutorials only: no pages of Graph's reference, whose examples each stand for themselves.
    pub of_tutorials: bool,
    /// Looks for it.
    pub check: fn(&Page) -> Vec<Finding>,
}

/// A finding of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its place in the page.
    pub span: Span,
    /// The fault: lower case, no stop, without line numbers.
    pub message: String,
    /// The place that it has to do with, and why.
    pub related: Option<(Span, String)>,
}

impl Finding {
    /// A finding at a place.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), related: None }
    }

    /// Adds the place that it has to do with.
    #[must_use]
    pub fn related(mut self, span: Span, why: impl Into<String>) -> Self {
        self.related = Some((span, why.into()));
        self
    }
}

impl Level {
    /// As reports have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

const fn rule(name: &'static str, level: Level, finds: &'static str, check: fn(&Page) -> Vec<Finding>) -> LintRule {
    LintRule { name, level, finds, of_tutorials: false, check }
}

impl LintRule {
    const fn of_tutorials(mut self) -> Self {
        self.of_tutorials = true;
        self
    }
}

use Level::{Error, Note, Warning};

/// All rules, the gravest first.
pub const RULES: &[LintRule] = &[
    rule("json-malformed", Error, "a body that is no JSON", bodies::malformed),
    rule("id-unknown", Error, "an id that no earlier answer shows and no sentence tells of", ids::unknown)
        .of_tutorials(),
    rule("deletes-unknown", Error, "a DELETE of an object that the page never made", ids::deletes_unknown)
        .of_tutorials(),
    rule("id-other-kind", Error, "an id of one kind of object, used for another kind", ids::other_kind),
    rule("id-reused", Error, "two different objects with the same id", ids::reused),
    rule("path-unknown", Error, "a path that Graph v1.0 does not have", calls::path_unknown),
    rule("method-unlikely", Error, "a method that Graph does not have for the path", calls::method_unlikely),
    rule(
        "placeholder-in-url",
        Error,
        "a placeholder where the page shows no object to take the id from",
        calls::placeholder_in_url,
    )
    // The reference has one for each key.
    .of_tutorials(),
    rule("list-without-value", Error, "a list whose answer has no `value`", bodies::list_without_value),
    rule("step-wrong", Error, "\"repeat Step N\" for something that Step N does not show", prose::step_wrong),
    rule(
        "permission-missing",
        Error,
        "a call that needs a permission which the page does not name",
        permissions::missing,
    ),
    rule("permission-unknown", Error, "a permission that Graph does not have", permissions::unknown),
    rule("schema-violation", Error, "a body that its type does not allow", schema::violation),
    rule("never-closed", Error, "a fence or a comment that swallows the rest of the page", blocks::never_closed),
    rule("status-unlikely", Warning, "a status code that Graph does not answer to such a call", wire::status_unlikely),
    rule("identity-clash", Warning, "one id with two names", names::identity_clash),
    rule("name-clash", Warning, "one person with two ids", names::name_clash),
    rule("echo-differs", Warning, "an answer that differs from what was sent", echoes::differs),
    rule("context-id", Warning, "a context that names an object which the request does not", ids::context_id),
    rule("dates-inconsistent", Warning, "an end that is not after its beginning", times::dates_inconsistent),
    rule("recurrence-inconsistent", Warning, "a recurrence that contradicts itself", times::recurrence_inconsistent),
    rule("version-mixed", Warning, "beta for a call that v1.0 has, on a page that uses both", versions::mixed),
    rule(
        "version-of-body-or-answer",
        Warning,
        "a URL in a body or an answer of another version than the request",
        versions::of_body_or_answer,
    ),
    rule(
        "casing-mixed",
        Warning,
        "a method, or a word of a path or an enumeration, in another case than Graph has it",
        calls::casing_mixed,
    ),
    rule("content-type", Warning, "a body without Content-Type, or a Content-Type without a body", wire::content_type),
    rule("answer-missing", Warning, "a request without an answer", wire::answer_missing),
    rule("never-deleted", Warning, "an object that the page creates and does not delete", endings::never_deleted)
        .of_tutorials(),
    rule(
        "prose-value-missing",
        Warning,
        "a value that the text names and the answer beside it lacks",
        prose::value_missing,
    ),
    rule("block-unannotated", Warning, "a request or an answer without an annotation", blocks::unannotated),
    rule("annotation-unknown", Warning, "an annotation with a word that is not known", blocks::annotation_unknown),
    rule("ellipsis", Warning, "an ellipsis in a value", bodies::ellipsis),
    rule("url-relative", Warning, "a request without a host", calls::url_relative),
    rule("secret-printed", Warning, "a password, a token or a signature in print", bodies::secret_printed),
    rule("allow-unknown", Warning, "an allow comment for a rule that there is not", blocks::allow_unknown),
    rule("status-line-missing", Note, "an answer without its status", wire::status_line_missing),
    rule("reason-phrase", Note, "a status line that is not of HTTP's form", wire::reason_phrase),
    rule("wait-in-prose", Note, "a wait that only the text tells of", prose::wait),
    rule("step-prose-only", Note, "a step without a request", prose::step_without_request),
    rule("request-in-prose", Note, "a request that only the text tells of", prose::request),
    rule("shortened", Note, "a page that says its answers are shortened", prose::shortened),
    rule("commented-out", Note, "requests in a comment, which are no part of the page", blocks::commented_out),
    rule("id-external", Note, "an id that the reader has to bring", ids::external),
    rule("no-requests", Note, "a page without a request", blocks::no_requests),
];

/// The rule of a name.
pub fn rule_by_name(name: &str) -> Option<&'static LintRule> {
    RULES.iter().find(|rule| rule.name == name)
}
