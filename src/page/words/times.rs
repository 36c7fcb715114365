//! Numbers and lengths of time in words.

/// Words behind a number that says how often: `three times`. German has it in one word: `dreimal`.
const TIMES: &[&str] = &["times", "vezes", "veces", "fois", "mal"];

/// Words before a length of time that passes.
const AFTER: &[&str] = &[
    "after",
    "within",
    "in",
    "wait for",
    "wait",
    "após",
    "depois de",
    "aguarde",
    "después de",
    "tras",
    "dentro de",
    "espere",
    "nach",
    "innerhalb von",
    "binnen",
    "warten sie",
    "après",
    "au bout de",
    "dans",
    "attendez",
];

/// Units of time, by the beginning of the word, and how many seconds each has.
const UNITS: &[(&str, u64)] = &[
    ("second", 1),
    ("segundo", 1),
    ("sekunde", 1),
    ("minut", 60),
    ("hour", 3600),
    ("hora", 3600),
    ("stunde", 3600),
    ("heure", 3600),
    ("day", 86_400),
    ("dia", 86_400),
    ("día", 86_400),
    ("tag", 86_400),
    ("jour", 86_400),
    ("week", 604_800),
    ("semana", 604_800),
    ("woche", 604_800),
    ("semaine", 604_800),
];

/// The numbers from one to ten, a line a language.
const NUMBERS: [[&str; 10]; 5] = [
    ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"],
    ["um", "dois", "três", "quatro", "cinco", "seis", "sete", "oito", "nove", "dez"],
    ["uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez"],
    ["un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix"],
    ["ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn"],
];

/// Other words for numbers.
const OTHER_NUMBERS: [(&str, usize); 12] = [
    ("a", 1),
    ("an", 1),
    ("uma", 1),
    ("una", 1),
    ("une", 1),
    ("eine", 1),
    ("einem", 1),
    ("einer", 1),
    ("einen", 1),
    ("duas", 2),
    ("twice", 2),
    ("thirty", 30),
];

/// A number in digits or as a word.
fn number(word: &str) -> Option<usize> {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let named = || NUMBERS.iter().find_map(|line| line.iter().position(|known| *known == word)).map(|index| index + 1);
    let other = || OTHER_NUMBERS.iter().find(|(known, _)| *known == word).map(|(_, number)| *number);
    word.parse().ok().or_else(named).or_else(other)
}

/// Returns how often something is to be done: `three times`, `3 veces`, `dreimal`.
pub fn times(text: &str) -> Option<usize> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let one = |(index, word): (usize, &&str)| {
        if TIMES.contains(word) {
            return index.checked_sub(1).and_then(|before| number(words[before]));
        }
        if *word == "twice" { Some(2) } else { word.strip_suffix("mal").and_then(number) }
    };
    words.iter().enumerate().find_map(one)
}

/// Returns whether a sentence begins with a length of time that passes: `After five days`, `Within 10 minutes`. Elsewhere
/// in a sentence such a length is mostly that of a setting: access that expires after 30 days.
pub fn tells_of_time(sentence: &str) -> bool {
    behind_after(sentence).is_some_and(|rest| {
        let words: Vec<&str> = rest.split_whitespace().take(4).collect();
        // One word for the number, perhaps one before it (`about`) and one behind it (`more`).
        let is_unit = |word: &&str| UNITS.iter().any(|(unit, _)| word.starts_with(unit));
        words.iter().skip(1).any(is_unit)
    })
}

/// Returns how many seconds a sentence lets pass, if it begins by that.
pub fn seconds_that_pass(sentence: &str) -> Option<u64> {
    let rest = behind_after(sentence)?;
    let mut words = rest.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
    let count = u64::try_from(number(words.next()?)?).ok()?;
    let unit = words.next()?;
    let (_, seconds) = UNITS.iter().find(|(known, _)| unit.starts_with(*known))?;
    count.checked_mul(*seconds)
}

/// Returns what stands behind the word with which a sentence begins that tells of time, in lower case.
fn behind_after(sentence: &str) -> Option<String> {
    let lower = sentence.trim_start_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let rests = AFTER.iter().filter_map(|word| lower.strip_prefix(word)).filter(|rest| rest.starts_with(' '));
    rests.min_by_key(|rest| rest.len()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_that_passes_is_read_in_five_languages() {
        for sentence in [
            "After five days, list them.",
            "Após cinco dias, liste.",
            "Después de cinco días, enumere.",
            "Après cinq jours, listez.",
            "Nach fünf Tagen listen Sie sie auf.",
        ] {
            assert_eq!(seconds_that_pass(sentence), Some(5 * 86_400), "{sentence}");
            assert!(tells_of_time(sentence), "{sentence}");
        }
        assert_eq!(seconds_that_pass("Access expires after 30 days."), None);
        assert_eq!(seconds_that_pass("After 99999999999999999999 days"), None);
        assert_eq!(seconds_that_pass("After 9999999999999999999 weeks"), None);
    }

    #[test]
    fn how_often_is_read_in_five_languages() {
        for text in ["Run it three times.", "Execute três vezes.", "tres veces", "trois fois", "Dreimal ausführen"] {
            assert_eq!(times(text), Some(3), "{text}");
        }
        assert_eq!(times("Run it twice."), Some(2));
        assert_eq!(times("Sometimes it fails. A normal day."), None);
    }
}
