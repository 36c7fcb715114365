//! What an author writes for a step: its sentence, and which parameters stand in it.
//!
//! Of a step of this library it is read from its expression. Of a step of another crate only the pattern is known that
//! cucumber made of the expression; that is parsed, and the placeholder of a parameter is found by the pattern of that.

use std::sync::{LazyLock, OnceLock};

use cucumber_expressions::expand::IntoRegexCharIter as _;
use cucumber_expressions::expand::parameters::Provider;
use cucumber_expressions::{Expression, Spanned};
use regex_syntax::ast::{Ast, Group, GroupKind, RepetitionKind, RepetitionOp, parse::Parser};

use crate::steps::PARAMETERS;

use super::ParameterKind;
use super::expression::OwnExpression;
use super::parameter_kind::BUILT_IN;

/// A step as its author reads it.
#[derive(Debug, Default)]
pub(super) struct StepOutline {
    /// The sentence: of a choice the first wording, in the place of a parameter an example.
    pub sentence: String,
    /// The kinds that each parameter may be of, in order. More than one where several have the same
    /// pattern, none where the crate that defines it does not register it.
    pub parameters: Vec<Vec<&'static ParameterKind>>,
}

/// The parameters beside those that cucumber brings.
pub(crate) fn known_parameters() -> impl Iterator<Item = &'static ParameterKind> {
    PARAMETERS.iter().chain(super::registered::parameters())
}

impl StepOutline {
    /// The outline of an expression of this library.
    pub fn of_own(own: &OwnExpression) -> Self {
        let mut outline = Self::default();
        for (place, part) in own.sentence.iter().enumerate() {
            if is_text(place) {
                outline.push(part);
                continue;
            }
            let known = own_parameter(part).map(|known| known.kind);
            outline.push(known.map_or("…", |known| known.example));
            outline.parameters.push(known.into_iter().collect());
        }
        outline
    }

    /// The outline of a pattern of another crate.
    pub fn of_pattern(pattern: &str) -> Self {
        let mut outline = Self::default();
        match Parser::new().parse(pattern) {
            Ok(ast) => outline.add(pattern, &ast),
            Err(_) => outline.push(pattern),
        }
        outline
    }

    fn push(&mut self, text: &str) {
        self.sentence.push_str(text);
    }

    fn add(&mut self, pattern: &str, ast: &Ast) {
        match ast {
            Ast::Empty(_) | Ast::Flags(_) | Ast::Assertion(_) => {}
            Ast::Literal(literal) => self.sentence.push(literal.c),
            Ast::Concat(concat) => concat.asts.iter().for_each(|part| self.add(pattern, part)),
            Ast::Alternation(choice) => choice.asts.iter().take(1).for_each(|first| self.add(pattern, first)),
            Ast::Group(group) => self.add_group(pattern, group),
            // What may be left out is shown.
            Ast::Repetition(repetition)
                if matches!(repetition.op, RepetitionOp { kind: RepetitionKind::ZeroOrOne, .. }) =>
            {
                self.add(pattern, &repetition.ast);
            }
            Ast::Repetition(_) | Ast::Dot(_) | Ast::ClassUnicode(_) | Ast::ClassPerl(_) | Ast::ClassBracketed(_) => {
                self.push("…");
            }
        }
    }

    /// A group that captures, or holds what does, is a parameter; any other is words of the sentence.
    fn add_group(&mut self, pattern: &str, group: &Group) {
        let is_capture = !matches!(group.kind, GroupKind::NonCapturing(_));
        if !is_capture && captures(&group.ast) == 0 {
            return self.add(pattern, &group.ast);
        }
        let text = unnamed(&pattern[group.span.start.offset..group.span.end.offset]);
        // cucumber gives all groups of one parameter one number; without it each group is a parameter of its own.
        let count = if text.len() < group.span.end.offset - group.span.start.offset {
            1
        } else {
            captures(&group.ast) + usize::from(is_capture)
        };
        let known: Vec<_> = KNOWN.iter().filter(|(expanded, _)| *expanded == text).map(|(_, known)| *known).collect();
        match known.first() {
            Some(known) => self.push(known.example),
            None => self.push(&first_words(&group.ast).unwrap_or_else(|| "…".to_owned())),
        }
        if known.is_empty() {
            self.parameters.extend(std::iter::repeat_n(known, count));
        } else {
            self.parameters.push(known);
        }
    }
}

/// Returns whether a text stands at this place of an own expression's lists, and not the name of a parameter.
fn is_text(place: usize) -> bool {
    place.is_multiple_of(2)
}

/// A parameter that may stand in an expression of this library.
struct OwnParameter {
    kind: &'static ParameterKind,
    /// The expansion that cucumber makes of it in the first place of a pattern; nothing if it refuses the parameter.
    expanded: OnceLock<Option<String>>,
}

fn own_parameter(name: &str) -> Option<&'static OwnParameter> {
    static OWN: LazyLock<Vec<OwnParameter>> = LazyLock::new(|| {
        let all = BUILT_IN.iter().chain(&PARAMETERS);
        all.map(|kind| OwnParameter { kind, expanded: OnceLock::new() }).collect()
    });
    OWN.iter().find(|known| known.kind.name == name)
}

/// The pattern that cucumber makes of an expression of this library; nothing if it has a parameter that is not known.
pub(super) fn pattern_of_own(own: &OwnExpression) -> Option<String> {
    let mut pattern = String::with_capacity(256);
    for (place, part) in own.pattern.iter().enumerate() {
        if is_text(place) {
            pattern.push_str(part);
            continue;
        }
        let parameter = own_parameter(part)?;
        let expanded = parameter.expanded.get_or_init(|| expanded(parameter.kind)).as_deref()?;
        // The groups of a parameter have its number among those of the expression in their names.
        match place / 2 {
            0 => pattern.push_str(expanded),
            number => pattern.push_str(&expanded.replace("?P<__0_", &format!("?P<__{number}_"))),
        }
    }
    Some(pattern)
}

/// Every parameter that this process knows, with what cucumber makes of it in a pattern, without the names of groups.
static KNOWN: LazyLock<Vec<(String, &'static ParameterKind)>> = LazyLock::new(|| {
    let registered = super::registered::parameters();
    let all = BUILT_IN.iter().chain(&PARAMETERS).chain(registered);
    all.filter_map(|kind| Some((unnamed(&expanded(kind)?), kind))).collect()
});

/// Returns what cucumber makes of a parameter in a pattern.
fn expanded(kind: &'static ParameterKind) -> Option<String> {
    let written = format!("{{{}}}", kind.name);
    let expression = Expression::parse(&written).ok()?.with_parameters(Only(kind));
    let pattern = expression.into_regex_char_iter().collect::<Result<String, _>>().ok()?;
    pattern.strip_prefix('^')?.strip_suffix('$').map(str::to_owned)
}

/// One parameter; nothing of one that cucumber brings.
#[derive(Clone, Copy)]
struct Only(&'static ParameterKind);

impl<'s> Provider<Spanned<'s>> for Only {
    type Item = char;
    type Value = &'static str;

    fn get(&self, _name: &Spanned<'s>) -> Option<&'static str> {
        (!self.0.pattern.is_empty()).then_some(self.0.pattern)
    }
}

/// Returns how many groups in there capture.
fn captures(ast: &Ast) -> usize {
    match ast {
        Ast::Group(group) => usize::from(!matches!(group.kind, GroupKind::NonCapturing(_))) + captures(&group.ast),
        Ast::Repetition(repetition) => captures(&repetition.ast),
        Ast::Alternation(choice) => choice.asts.iter().map(captures).sum(),
        Ast::Concat(concat) => concat.asts.iter().map(captures).sum(),
        _ => 0,
    }
}

/// A pattern without the names that cucumber gives to the groups of a parameter, `?P<__3_0>`, which differ from place to place.
fn unnamed(pattern: &str) -> String {
    let mut parts = pattern.split("?P<__");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('>').map_or(part, |(_, rest)| rest))
}

/// The first wording of a choice of words.
fn first_words(ast: &Ast) -> Option<String> {
    match ast {
        Ast::Literal(literal) => Some(literal.c.to_string()),
        Ast::Concat(concat) => concat.asts.iter().map(first_words).collect(),
        Ast::Alternation(choice) => choice.asts.iter().find_map(first_words),
        _ => None,
    }
}
