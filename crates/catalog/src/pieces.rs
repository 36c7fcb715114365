//! The segments of a path, with those between colons taken together: `root:/a/b.txt:/content` has the pieces `root`, the
//! path `a/b.txt`, and `content`.

use crate::{ApiPath, Argument, Segment};

/// One piece of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// A segment, without the colon that begins a path.
    Name {
        /// Its number among the path's segments.
        segment: usize,
        /// The text before the brackets.
        name: &'a str,
        /// The arguments between the brackets.
        arguments: Option<&'a [Argument]>,
    },
    /// Segments that are a path in a drive, or of a site.
    Path {
        /// The numbers of the first segment and of the one behind the last.
        segments: std::ops::Range<usize>,
        /// The path, without colons.
        text: String,
    },
}

/// The pieces of a path.
pub(crate) fn pieces(path: &ApiPath) -> Vec<Piece<'_>> {
    let mut pieces = Vec::with_capacity(path.segments().len());
    let mut segments = path.segments().iter().enumerate().peekable();
    while let Some((segment, current)) = segments.next() {
        let arguments = current.arguments();
        let opened = current.name().strip_suffix(':').filter(|name| !name.is_empty() && arguments.is_none());
        let opened = opened.filter(|_| segments.peek().is_some());
        pieces.push(Piece::Name { segment, name: opened.unwrap_or(current.name()), arguments });
        if opened.is_some() {
            let (mut names, first) = (Vec::new(), segment + 1);
            let mut end = first;
            for (index, inner) in segments.by_ref() {
                end = index + 1;
                let (name, is_last) = last_of_path(inner);
                names.push(name);
                if is_last {
                    break;
                }
            }
            pieces.push(Piece::Path { segments: first..end, text: names.join("/") });
        }
    }
    pieces
}

/// The text of a segment between colons, and whether it ends the path there.
fn last_of_path(segment: &Segment) -> (&str, bool) {
    match segment.name().strip_suffix(':') {
        Some(name) if segment.arguments().is_none() => (name, true),
        _ => (segment.name(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render_pieces(path: &str) -> Vec<String> {
        let path = ApiPath::parse(path).unwrap();
        let show = |piece: &Piece<'_>| match piece {
            Piece::Name { segment, name, .. } => format!("{segment} {name}"),
            Piece::Path { segments, text } => format!("{segments:?} :{text}"),
        };
        pieces(&path).iter().map(show).collect()
    }

    #[test]
    fn text_between_colons_is_one_piece() {
        assert_eq!(
            render_pieces("/me/drive/root:/a/b.txt:/content"),
            ["0 me", "1 drive", "2 root", "3..5 :a/b.txt", "5 content"]
        );
        assert_eq!(render_pieces("/me/drive/root:/a/b.txt"), ["0 me", "1 drive", "2 root", "3..5 :a/b.txt"]);
        assert_eq!(render_pieces("/sites/c.example:/s/x:/lists"), ["0 sites", "1 c.example", "2..4 :s/x", "4 lists"]);
        assert_eq!(render_pieces("/drives/1/items/2:/x:"), ["0 drives", "1 1", "2 items", "3 2", "4..5 :x"]);
        assert_eq!(render_pieces("/users/a:"), ["0 users", "1 a:"]);
        assert_eq!(render_pieces("/users/:/x"), ["0 users", "1 :", "2 x"]);
    }
}
