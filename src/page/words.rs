//! The words of several languages that say what a part of a page is for.

/// Headings over a request.
pub const REQUEST: &[&str] = &[
    "request",
    "requests",
    "example request",
    "sample request",
    "solicitação",
    "requisição",
    "solicitud",
    "petición",
    "requête",
    "demande",
    "anforderung",
    "anfrage",
    "richiesta",
    "verzoek",
    "要求",
    "リクエスト",
    "请求",
    "запрос",
];

/// Headings over an answer.
pub const ANSWER: &[&str] = &[
    "response",
    "responses",
    "example response",
    "sample response",
    "resposta",
    "respuesta",
    "réponse",
    "antwort",
    "risposta",
    "antwoord",
    "応答",
    "レスポンス",
    "响应",
    "ответ",
];

/// What a numbered step is called.
pub const STEP: &[&str] = &["step", "etapa", "passo", "paso", "étape", "schritt", "passaggio", "stap", "шаг"];

/// What asks to do something again.
pub const REPEAT: &[&str] = &[
    "repeat",
    "rerun",
    "re-run",
    "run again",
    "repita",
    "repetir",
    "execute novamente",
    "vuelva a",
    "répétez",
    "wiederholen",
    "ripetere",
    "herhaal",
];

/// What tells an answer apart from everything else that is told.
pub const IN_THE_ANSWER: &[&str] = &["response", "resposta", "respuesta", "réponse", "antwort", "risposta"];

/// What makes a sentence speak of another time or case than the answer beside it.
pub const CONDITIONAL: &[&str] = &[
    "if ",
    "when ",
    "once ",
    "until ",
    "unless ",
    "after ",
    "will ",
    "would ",
    "otherwise",
    "se ",
    "quando ",
    "até ",
    "si ",
    "cuando ",
    "wenn ",
    "sobald ",
    "quand ",
    "lorsque ",
];

/// What says that something takes its time.
pub const WAIT: &[&str] = &[
    "may take",
    "might take",
    "can take",
    "takes a few",
    "take a few",
    "few minutes",
    "few seconds",
    "several minutes",
    "wait for",
    "wait until",
    "once the status",
    "pode levar",
    "alguns minutos",
    "aguarde",
    "puede tardar",
    "espere",
    "peut prendre",
    "attendez",
    "kann einige",
    "warten sie",
];

/// What stands before a length of time.
pub const AFTER: &[&str] = &["after", "within", "in", "wait", "após", "depois de", "después de", "nach", "après"];

/// What time is counted in.
pub const UNITS: &[&str] = &[
    "second", "minute", "hour", "day", "week", "segundo", "minuto", "hora", "dia", "día", "sekunde", "stunde", "tag",
    "heure", "jour",
];

/// Whether a sentence begins with a length of time that passes: `After five days`, `Within 10 minutes`. Elsewhere in a sentence
/// such a length is mostly that of a setting: access that expires after 30 days.
pub fn tells_of_time(sentence: &str) -> bool {
    let lower = sentence.trim_start_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    AFTER.iter().filter_map(|word| lower.strip_prefix(word)).any(|rest| {
        let words: Vec<&str> = rest.split_whitespace().take(4).collect();
        // One word for the number, perhaps one before it (`about`) and one behind it (`more`).
        let is_unit = |word: &&str| UNITS.iter().any(|unit| word.starts_with(unit));
        rest.starts_with(' ') && words.iter().skip(1).any(is_unit)
    })
}

/// What says that an answer is not printed whole.
pub const SHORTENED: &[&str] = &[
    "shortened for readability",
    "shortened for brevity",
    "truncated for",
    "abbreviated",
    "reduzidos para",
    "encurtad",
    "acortar",
    "abrevia",
    "raccourci",
    "gekürzt",
];

/// What begins a section that is no step: before the work and after it.
pub const NO_STEP: &[&str] = &[
    "prerequisite",
    "before you begin",
    "see also",
    "next step",
    "conclusion",
    "related",
    "summary",
    "overview",
    "introduction",
    "pré-requisito",
    "confira também",
    "conclusão",
    "consulte também",
    "próximas etapas",
    "requisitos previos",
    "vea también",
    "consulte también",
    "conclusión",
    "prérequis",
    "conditions préalables",
    "voir aussi",
    "voraussetzung",
    "siehe auch",
];

/// Whether a text has one of the words, in any case. A word begins where no letter stands before it.
pub fn has_one(text: &str, words: &[&str]) -> bool {
    let text = text.to_lowercase();
    words.iter().any(|word| {
        let mut places = text.match_indices(word);
        places.any(|(at, _)| !text[..at].ends_with(char::is_alphanumeric))
    })
}
