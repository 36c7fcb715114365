//! The words of several languages that say what a part of a page is for: English, Portuguese, Spanish, French, German, and of
//! headings those of others that Graph's documentation has.

mod times;

pub use times::{seconds_that_pass, tells_of_time, times};

/// Headings over a request.
pub const REQUEST: &[&str] = &[
    "request",
    "requests",
    "example request",
    "sample request",
    "solicitação",
    "requisição",
    "exemplo de solicitação",
    "solicitud",
    "petición",
    "ejemplo de solicitud",
    "requête",
    "demande",
    "exemple de requête",
    "exemple de demande",
    "anforderung",
    "anfrage",
    "beispielanforderung",
    "beispielanfrage",
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
    "exemplo de resposta",
    "respuesta",
    "ejemplo de respuesta",
    "réponse",
    "exemple de réponse",
    "antwort",
    "beispielantwort",
    "risposta",
    "antwoord",
    "応答",
    "レスポンス",
    "响应",
    "ответ",
];

/// Words for a numbered step.
pub const STEP: &[&str] = &["step", "etapa", "passo", "paso", "étape", "schritt", "passaggio", "stap", "шаг"];

/// Words that ask to do something again.
pub const REPEAT: &[&str] = &[
    "repeat",
    "rerun",
    "re-run",
    "run again",
    "do the same",
    "repita",
    "repetir",
    "execute novamente",
    "faça o mesmo",
    "repite",
    "vuelva a",
    "haga lo mismo",
    "répétez",
    "répéter",
    "recommencez",
    "réexécutez",
    "wiederholen",
    "wiederhole",
    "erneut aus",
    "ripetere",
    "herhaal",
];

/// Words for those that something is to be repeated for.
pub const OTHERS: &[&str] = &[
    "other",
    "each",
    "remaining",
    "rest of",
    "outros",
    "outras",
    "demais",
    "cada",
    "otros",
    "otras",
    "demás",
    "autres",
    "chaque",
    "anderen",
    "übrigen",
    "weiteren",
    "jede",
    "jeden",
    "jedes",
];

/// Words that tell an answer apart from everything else that is told.
pub const IN_THE_ANSWER: &[&str] = &["response", "resposta", "respuesta", "réponse", "antwort", "risposta"];

/// Words that make a sentence speak of another time or case than the answer beside it.
const CONDITIONAL: &[&str] = &[
    "if ",
    "when ",
    "once ",
    "until ",
    "unless ",
    "after ",
    "will ",
    "would ",
    "otherwise",
    "quando ",
    "até ",
    "caso ",
    "após ",
    "si ",
    "cuando ",
    "hasta ",
    "una vez ",
    "después de ",
    "quand ",
    "lorsque ",
    "lorsqu'",
    "jusqu'",
    "une fois ",
    "après ",
    "wenn ",
    "sobald ",
    "falls ",
    "bis ",
    "nachdem ",
    "wird ",
];

/// Returns whether a sentence speaks of another time or case than the answer beside it.
pub fn is_conditional(sentence: &str) -> bool {
    // In the midst of a sentence, this word of Portuguese is a mere pronoun of others.
    let begins_with_if = sentence.trim_start().get(..3).is_some_and(|word| word.eq_ignore_ascii_case("se "));
    begins_with_if || has_one(sentence, CONDITIONAL)
}

/// Words that say that something has to hold before the next call.
pub const UNTIL: &[&str] = &[
    "once ",
    "until ",
    "wait for ",
    "assim que ",
    "até que ",
    "una vez que ",
    "hasta que ",
    "en cuanto ",
    "sobald ",
    "bis ",
    "dès que ",
    "jusqu'à ce que ",
    "une fois que ",
];

/// Words that say that something takes its time.
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
    "podem levar",
    "pode demorar",
    "alguns minutos",
    "alguns segundos",
    "aguarde",
    "puede tardar",
    "pueden tardar",
    "unos minutos",
    "unos segundos",
    "varios minutos",
    "espere",
    "peut prendre",
    "peuvent prendre",
    "quelques minutes",
    "quelques secondes",
    "plusieurs minutes",
    "attendez",
    "patientez",
    "kann einige",
    "kann mehrere",
    "einige minuten",
    "wenige minuten",
    "mehrere minuten",
    "einige sekunden",
    "warten sie",
];

/// Words that say that an answer is not printed whole.
pub const SHORTENED: &[&str] = &[
    "shortened for readability",
    "shortened for brevity",
    "truncated for",
    "abbreviated",
    "reduzidos para",
    "encurtad",
    "acortar",
    "acortad",
    "abrevia",
    "raccourci",
    "abrégé",
    "tronqué",
    "gekürzt",
    "verkürzt",
];

/// Words with which a section begins that is no step: before the work and after it.
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
    "antes de começar",
    "confira também",
    "conclusão",
    "resumo",
    "consulte também",
    "próximas etapas",
    "requisitos previos",
    "antes de empezar",
    "antes de comenzar",
    "vea también",
    "consulte también",
    "ver también",
    "conclusión",
    "resumen",
    "pasos siguientes",
    "siguientes pasos",
    "introducción",
    "prérequis",
    "conditions préalables",
    "configuration requise",
    "avant de commencer",
    "voir aussi",
    "résumé",
    "étapes suivantes",
    "prochaines étapes",
    "voraussetzung",
    "bevor sie beginnen",
    "siehe auch",
    "zusammenfassung",
    "schlussfolgerung",
    "fazit",
    "nächste schritte",
    "verwandte",
    "einführung",
    "übersicht",
];

/// Words with which the step begins that deletes what was made.
pub const CLEAN_UP: &[&str] = &[
    "clean up",
    "cleanup",
    "clean-up",
    "delete the resources",
    "limpar",
    "limpeza",
    "limpe",
    "limpiar",
    "limpieza",
    "limpie",
    "nettoy",
    "bereinig",
    "aufräumen",
    "ressourcen löschen",
];

/// Marks in a heading that say that the step may be left out.
pub const OPTIONAL: &[&str] = &[
    "[optional]",
    "(optional)",
    "optional:",
    "[opcional]",
    "(opcional)",
    "opcional:",
    "[facultatif]",
    "(facultatif)",
    "(optionnel)",
    "facultatif :",
];

/// Words that tell that somebody signs in. What stands behind them says who.
pub const SIGN_IN: &[&str] = &[
    "sign in",
    "sign back in",
    "signed in",
    "signing in",
    "log in",
    "logging in",
    "logging back in",
    "log back in",
    "logged in",
    "inicie sessão",
    "entre como",
    "faça login",
    "faça logon",
    "inicie sesión",
    "inicia sesión",
    "connectez-vous",
    "reconnectez-vous",
    "melden sie sich",
];

/// Words that tell that somebody goes back to another session, if the word for one stands behind them.
pub const RETURN: &[&str] = &[
    "back in the",
    "back to the",
    "return to the",
    "switch to the",
    "switch back to",
    "volte à",
    "volte para",
    "retorne à",
    "vuelva a la",
    "regrese a la",
    "revenez à",
    "retournez à",
    "retournez dans",
    "kehren sie zu",
    "wechseln sie zu",
    "zurück in der",
];

/// Words for a session, by their beginning or their end.
pub const SESSION: &[&str] = &[
    "session",
    "account",
    "browser",
    "sessão",
    "conta",
    "sesión",
    "cuenta",
    "compte",
    "navigateur",
    "sitzung",
    "konto",
];

/// Words that end another actor's session.
pub const SIGN_OUT: &[&str] = &[
    "sign out and",
    "sign out of",
    "signed out",
    "log out",
    "encerre a sessão",
    "cierre sesión",
    "cierre la sesión",
    "déconnectez-vous",
    "melden sie sich ab",
];

/// Words that say that an id is that of who reads the page.
pub const YOUR_ID: &[&str] = &[
    "with your id",
    "is your id",
    "your own id",
    "with your user id",
    "/me",
    "pelo seu id",
    "pela sua id",
    "com seu id",
    "por su id",
    "con su id",
    "par votre id",
    "votre propre id",
    "durch ihre id",
    "ihre eigene id",
];

/// Returns whether a text has one of the words, in any case. A word begins where no letter stands before it.
pub fn has_one(text: &str, words: &[&str]) -> bool {
    let text = text.to_lowercase();
    words.iter().any(|word| {
        let mut places = text.match_indices(word);
        places.any(|(at, _)| !text[..at].ends_with(char::is_alphanumeric))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_of_another_case_is_known_in_five_languages() {
        for sentence in [
            "If it fails, …",
            "Se o status for `Done`",
            "Cuando termine, …",
            "Lorsque le statut est `Done`",
            "Sobald der Status `Done` ist",
        ] {
            assert!(is_conditional(sentence), "{sentence}");
        }
        for sentence in ["The status is `Done`.", "En la respuesta se muestra `Done`.", "Der Status ist `Done`."] {
            assert!(!is_conditional(sentence), "{sentence}");
        }
    }
}
