//! The tutorials of one place: of the program itself, or of a folder.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;

use super::page::PAGE_FILE;
use super::{FeatureFile, FilesBeside, Tutorial, TutorialFaults, TutorialPage, lint, nearest, read_feature};

/// So many features a tutorial may have: the number of a step is one byte.
pub const MOST_FEATURES: usize = u8::MAX as usize;

/// The features of the program, sorted: the path in the folder `features`, and the file.
static EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/features.rs"));

/// The pages of these tutorials: what they say that one needs.
static PAGES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The tutorials of one place, each read when it is asked for.
#[derive(Clone, Debug)]
pub struct Library {
    place: LibraryPlace,
    tutorials: Vec<(String, Vec<LibraryFile>)>,
}

#[derive(Clone, Debug)]
enum LibraryPlace {
    Embedded,
    Folder(PathBuf),
}

impl fmt::Display for LibraryPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => f.write_str("graphwalk"),
            Self::Folder(folder) => write!(f, "{}", folder.display()),
        }
    }
}

/// One file, not yet read.
#[derive(Clone, Debug)]
enum LibraryFile {
    Embedded { path: String, bytes: &'static [u8] },
    File(PathBuf),
}

impl Library {
    /// The tutorials that the program carries.
    pub fn embedded() -> Self {
        let folder = |path: &'static str| path.split_once('/').map_or("", |(folder, _)| folder);
        let folders = EMBEDDED.chunk_by(|(first, _), (second, _)| folder(first) == folder(second));
        let tutorials = folders.map(|files| {
            let sources =
                files.iter().map(|&(path, bytes)| LibraryFile::Embedded { path: format!("features/{path}"), bytes });
            (folder(files[0].0).to_owned(), sources.collect())
        });
        let tutorials = tutorials.collect();
        Self { place: LibraryPlace::Embedded, tutorials }.in_order()
    }

    /// The tutorials of a folder: each folder in it that holds features, or the folder itself if it holds features.
    ///
    /// # Errors
    ///
    /// A diagnostic if the folder cannot be read or holds no feature.
    pub fn from_folder(folder: &Path) -> Result<Self, TutorialFaults> {
        let unreadable = |error: std::io::Error| {
            vec![
                Diagnostic::new("features", format!("cannot read the folder {}: {error}", folder.display()))
                    .help("name a folder that holds `.feature` files, or folders of them"),
            ]
        };
        let mut tutorials = Vec::new();
        let own = feature_files(folder).map_err(unreadable)?;
        if !own.is_empty() {
            tutorials.push((folder_name(folder), own));
        }
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.is_dir() {
                let files = feature_files(&path).map_err(unreadable)?;
                if !files.is_empty() {
                    tutorials.push((folder_name(&path), files));
                }
            }
        }
        if tutorials.is_empty() {
            let message = format!("no feature was found in {}", folder.display());
            return Err(vec![Diagnostic::new("no-features", message).help(
                "a tutorial is a folder of files that end in `.feature`; `graphwalk list` shows the built-in ones",
            )]);
        }
        Ok(Self { place: LibraryPlace::Folder(folder.to_owned()), tutorials }.in_order())
    }

    /// The same with its tutorials in their order.
    fn in_order(mut self) -> Self {
        let first: Vec<String> = self.names().filter(|name| self.is_first(name)).map(str::to_owned).collect();
        self.tutorials.sort_by(|(a, _), (b, _)| (!first.contains(a), a).cmp(&(!first.contains(b), b)));
        self
    }

    /// The names of the tutorials: first those whose page says that they stand there, then the others, both sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tutorials.iter().map(|(name, _)| name.as_str())
    }

    /// Reads a tutorial. If no name is given it is the first one that the program carries; that of a folder which holds only one, or of
    /// which a page says that it stands first.
    ///
    /// # Errors
    ///
    /// Every fault found in its files; or that there is no tutorial of this name, with the nearest; or that there are several.
    pub fn tutorial(&self, name: Option<&str>) -> Result<Tutorial, TutorialFaults> {
        let found = match name {
            None if self.needs_name() => return Err(vec![self.several()]),
            None => self.tutorials.first(),
            Some(name) => self.tutorials.iter().find(|(known, _)| known == name),
        };
        let Some((name, sources)) = found else { return Err(vec![self.unknown(name.unwrap_or_default())]) };
        if sources.len() > MOST_FEATURES {
            let message =
                format!("{name} has {} features: expected at most {MOST_FEATURES}, one a step", sources.len());
            return Err(vec![Diagnostic::new("features", message).help("split the folder into several tutorials")]);
        }
        let mut features = Vec::with_capacity(sources.len());
        let mut faults = TutorialFaults::new();
        for (place, source) in (1..=u8::MAX).zip(sources) {
            match source.read().and_then(|(path, text)| read_feature(&path, text, place)) {
                Ok(feature) => features.push(FeatureFile { files: source.beside(), ..feature }),
                Err(fault) => faults.push(*fault),
            }
        }
        let tutorial = Tutorial { name: name.clone(), features };
        faults.extend(lint::faults_of(&tutorial));
        if faults.is_empty() { Ok(tutorial) } else { Err(faults) }
    }

    /// Returns what the page of a tutorial says that one needs, if it stands beside the features.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is no TOML, or has a key that is not known.
    pub fn page(&self, name: &str) -> Result<Option<TutorialPage>, TutorialFaults> {
        let text = match self.tutorials.iter().find(|(known, _)| known == name).and_then(|(_, files)| files.first()) {
            None => return Ok(None),
            Some(LibraryFile::Embedded { .. }) => {
                let file = format!("{name}/{PAGE_FILE}");
                let text =
                    PAGES.iter().find(|(known, _)| *known == file).map(|(_, bytes)| String::from_utf8_lossy(bytes));
                let page = text.map(|text| TutorialPage::parse(&text, Path::new(&file)));
                return page.transpose().map_err(|fault| vec![*fault]);
            }
            Some(LibraryFile::File(feature)) => feature.with_file_name(PAGE_FILE),
        };
        match std::fs::read_to_string(&text) {
            Ok(read) => TutorialPage::parse(&read, &text).map(Some).map_err(|fault| vec![*fault]),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(vec![Diagnostic::new("page", format!("cannot read {}: {error}", text.display()))]),
        }
    }

    /// Returns whether the page of a tutorial says that it stands first. What is wrong with a page is told when somebody asks for it.
    fn is_first(&self, name: &str) -> bool {
        self.page(name).is_ok_and(|page| page.is_some_and(|page| page.first))
    }

    /// Returns whether none of several tutorials of a folder is the one that is meant without a name: whoever plays the first of them
    /// believes that all were played.
    fn needs_name(&self) -> bool {
        let is_first = self.names().next().is_some_and(|name| self.is_first(name));
        matches!(self.place, LibraryPlace::Folder(_)) && self.tutorials.len() > 1 && !is_first
    }

    fn several(&self) -> Diagnostic {
        let (known, place) = (self.names().collect::<Vec<_>>(), self.place.to_string());
        let message = format!("expected the name of a tutorial: {place} holds {}", known.len());
        Diagnostic::new("several-tutorials", message)
            .note(format!("tutorials: {}", known.join(", ")))
            .help(format!("name one, e.g. {}; for all of them run the command once for each", known[0]))
    }

    fn unknown(&self, name: &str) -> Diagnostic {
        let known: Vec<&str> = self.names().collect();
        let diagnostic =
            Diagnostic::new("unknown-tutorial", format!("{} has no tutorial called \"{name}\"", self.place))
                .note(format!("tutorials: {}", known.join(", ")));
        match nearest(name, known) {
            Some(near) => diagnostic.help(format!("did you mean \"{near}\"?")),
            None => diagnostic.help("`graphwalk list` shows what there is; --features names a folder of your own"),
        }
    }
}

impl LibraryFile {
    fn name(&self) -> String {
        match self {
            Self::Embedded { path, .. } => path.clone(),
            Self::File(path) => path.display().to_string(),
        }
    }

    /// The files that stand beside it.
    fn beside(&self) -> FilesBeside {
        match self {
            Self::Embedded { path, .. } => FilesBeside::Embedded(path.split('/').nth(1).unwrap_or_default().to_owned()),
            Self::File(path) => {
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
                FilesBeside::Folder(folder.unwrap_or(Path::new(".")).to_owned())
            }
        }
    }

    fn read(&self) -> Result<(String, String), Box<Diagnostic>> {
        let name = self.name();
        let bytes = match self {
            Self::Embedded { bytes, .. } => bytes.to_vec(),
            Self::File(path) => std::fs::read(path)
                .map_err(|error| Box::new(Diagnostic::new("features", format!("cannot read {name}: {error}"))))?,
        };
        let text = Diagnostic::utf8_of("features", &name, bytes)?;
        Ok((name, text))
    }
}

fn feature_files(folder: &Path) -> std::io::Result<Vec<LibraryFile>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file() && path.extension().is_some_and(|extension| extension == "feature") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files.into_iter().map(LibraryFile::File).collect())
}

fn folder_name(folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    folder.file_name().map_or_else(|| "tutorial".to_owned(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tutorial_whose_page_says_so_stands_first() {
        let folder = tempfile::tempdir().unwrap();
        for (name, page) in [("a", "source = \"s\""), ("b", "first = "), ("c", "source = \"s\"\nfirst = true")] {
            let own = folder.path().join(name);
            std::fs::create_dir(&own).unwrap();
            std::fs::write(
                own.join("1.feature"),
                "@step-1\nFeature: f\n  Scenario: s\n    Given 1 second has passed\n",
            )
            .unwrap();
            std::fs::write(own.join(PAGE_FILE), page).unwrap();
        }
        let library = Library::from_folder(folder.path()).unwrap();
        assert_eq!(library.names().collect::<Vec<_>>(), ["c", "a", "b"]);
        assert_eq!(library.tutorial(None).unwrap().name, "c");
        // Without it nothing says which of several is meant.
        std::fs::remove_file(folder.path().join("c").join(PAGE_FILE)).unwrap();
        let library = Library::from_folder(folder.path()).unwrap();
        let fault = library.tutorial(None).unwrap_err().remove(0).render(false);
        assert!(fault.contains("holds 3") && fault.contains("tutorials: a, b, c"), "{fault}");
        assert_eq!(library.tutorial(Some("b")).unwrap().name, "b");
        assert_eq!(Library::embedded().names().next(), Some("security-group-review"));
    }
}
