//! Which permissions let a call pass: Graph's permissions list, a tree of paths.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use crate::api_path::unqualified;
use crate::catalog::Catalog;
use crate::data::Data;
use crate::layout::{BY_PATH, DataSection, PLACEHOLDER, grant_flags, permission_flags};
use crate::method::Method;
use crate::pieces::{Piece, pieces};
use crate::{ApiPath, Argument};

/// The kind of caller, and in whose name it calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// A signed-in user of an organisation.
    DelegatedWork,
    /// A signed-in user with a personal account.
    DelegatedPersonal,
    /// An app alone.
    Application,
}

/// The permissions that let a call pass.
///
/// ```
/// use graphwalk_catalog::{ApiPath, Catalog, Method, Scheme};
///
/// let path = ApiPath::parse("/v1.0/groups/1/members/$ref").unwrap();
/// let access = Catalog::v1().access(Method::Post, &path).unwrap();
/// assert_eq!(access.least(Scheme::Application), Some("GroupMember.ReadWrite.All"));
/// assert_eq!(access.least(Scheme::DelegatedPersonal), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Access {
    data: Data,
    index: u16,
}

/// One permission that lets a call pass.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    data: Data,
    index: u16,
}

/// A permission of Graph.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    data: Data,
    index: u16,
}

/// Returns whether a permission of this name lets nothing but reads pass.
///
/// Names have the form `Resource.Operation.Constraint`, and operations that only read begin with `Read`, but for `ReadWrite`
/// (permissions reference, "Permissions naming pattern"). What has no such form, as `openid`, is none of Graph's resources.
///
/// ```
/// use graphwalk_catalog::only_reads;
///
/// assert!(only_reads("AccessReview.Read.All") && only_reads("User.ReadBasic.All") && only_reads("openid"));
/// assert!(!only_reads("AccessReview.ReadWrite.All") && !only_reads("Group.Create") && !only_reads("Mail.Send"));
/// ```
pub fn only_reads(permission: &str) -> bool {
    permission
        .split('.')
        .nth(1)
        .is_none_or(|operation| operation.starts_with("Read") && !operation.starts_with("ReadWrite"))
}

impl Catalog {
    /// Returns which permissions let a call pass; nothing if the permissions list does not have it.
    ///
    /// The list has most calls by `$ref`, `$count` and `$value` without these words, and few casts: what it lacks is looked
    /// up without them.
    pub fn access(self, method: Method, path: &ApiPath) -> Option<Access> {
        self.listed(path).find_map(|node| Tree(self.lists).access(node, method))
    }

    /// The methods that the permissions list has for a path, where [`Catalog::access`] looks.
    pub fn listed_methods(self, path: &ApiPath) -> Vec<Method> {
        let tree = Tree(self.lists);
        let all = self.listed(path).flat_map(|node| tree.methods(node)).map(|(method, _)| method);
        let all: BTreeSet<Method> = all.collect();
        all.into_iter().collect()
    }

    /// The paths of the permissions list, in its form: `{}` for a key, `:` for a path in a drive, the names of a function's
    /// arguments in brackets.
    pub fn listed_paths(self) -> Vec<String> {
        let (tree, mut paths, mut open) = (Tree(self.lists), Vec::new(), vec![(0, String::new())]);
        while let Some((node, path)) = open.pop() {
            if tree.methods(node).next().is_some() {
                paths.push(path.clone());
            }
            for child in tree.children(node).rev() {
                open.push((
                    child,
                    format!("{path}/{}", self.lists.text(self.lists.record(DataSection::Paths, child).u16(0))),
                ));
            }
        }
        paths
    }

    /// The permission of a name, in any case.
    pub fn permission(self, name: &str) -> Option<Permission> {
        let all = 0..self.lists.count(DataSection::Permissions);
        let index = self.lists.find(DataSection::Permissions, all, name)?;
        Some(Permission { data: self.lists, index })
    }

    /// All permissions, in the order of their names.
    pub fn permissions(self) -> impl Iterator<Item = Permission> {
        (0..self.lists.count(DataSection::Permissions)).map(move |index| Permission { data: self.lists, index })
    }

    /// The nodes that may stand for a path, the best first. Only such that something may be called at.
    fn listed(self, path: &ApiPath) -> impl Iterator<Item = u16> {
        let tree = Tree(self.lists);
        let whole = pieces(path);
        let is_system = |piece: &Piece<'_>| matches!(piece, Piece::Name { name, .. } if name.starts_with('$'));
        let is_cast = |piece: &Piece<'_>| match piece {
            Piece::Name { name, .. } => unqualified(name).is_some_and(|name| self.type_named(name).is_some()),
            Piece::Path { .. } => false,
        };
        let mut candidates = vec![whole];
        for is_left_out in [&is_system as &dyn Fn(&Piece<'_>) -> bool, &is_cast] {
            for index in 0..candidates.len() {
                let shorter: Vec<_> = candidates[index].iter().filter(|piece| !is_left_out(piece)).cloned().collect();
                if shorter.len() < candidates[index].len() {
                    candidates.push(shorter);
                }
            }
        }
        candidates.into_iter().filter_map(move |pieces| tree.find(0, &pieces))
    }

    /// Returns, for each segment of a path, whether the permissions list has it as a word; nothing if it does not have the
    /// path.
    pub(crate) fn listed_words(self, path: &ApiPath) -> Option<Vec<bool>> {
        let tree = Tree(self.lists);
        let mut words = vec![false; path.segments().len()];
        tree.mark(0, &pieces(path), &mut words).then_some(words)
    }
}

/// The number of ways to read a piece.
const WAYS: usize = 4;

/// The tree of paths.
#[derive(Clone, Copy)]
struct Tree(Data);

impl Tree {
    fn children(self, node: u16) -> Range<u16> {
        self.0.run(DataSection::Paths, node, 2)
    }

    fn methods(self, node: u16) -> impl Iterator<Item = (Method, u16)> {
        let run = self.0.run(DataSection::Paths, node, 4);
        run.filter_map(move |index| {
            let record = self.0.record(DataSection::Methods, index);
            Some((*Method::ALL.get(usize::from(record.u8(0)))?, record.u16(1)))
        })
    }

    fn access(self, node: u16, method: Method) -> Option<Access> {
        let (_, index) = self.methods(node).find(|(known, _)| *known == method)?;
        Some(Access { data: self.0, index })
    }

    fn child(self, node: u16, name: &str) -> Option<u16> {
        self.0.find(DataSection::Paths, self.children(node), name)
    }

    /// The node of a path, at which something may be called.
    fn find(self, node: u16, pieces: &[Piece<'_>]) -> Option<u16> {
        let Some((first, rest)) = pieces.split_first() else {
            return self.methods(node).next().map(|_| node);
        };
        self.next(node, first).find_map(|(next, _)| self.find(next, rest))
    }

    /// Marks the segments that are words on the way to the node of a path; returns whether there is one.
    fn mark(self, node: u16, pieces: &[Piece<'_>], words: &mut [bool]) -> bool {
        let Some((first, rest)) = pieces.split_first() else {
            return self.methods(node).next().is_some();
        };
        for (next, is_word) in self.next(node, first) {
            if self.mark(next, rest, words) {
                if let (Piece::Name { segment, .. }, true) = (first, is_word) {
                    words[*segment] = true;
                }
                return true;
            }
        }
        false
    }

    /// Returns the nodes that a piece may lead to, the best first, looked up one by one.
    fn next<'a>(self, node: u16, piece: &'a Piece<'a>) -> impl Iterator<Item = (u16, bool)> + 'a {
        (0..WAYS).filter_map(move |way| self.way(node, piece, way))
    }

    /// The ways are: as a word of the list, as that with its namespace, as that without one, as a key. What has arguments is
    /// a function or, instead, a word with a key in its brackets.
    fn way(self, node: u16, piece: &Piece<'_>, way: usize) -> Option<(u16, bool)> {
        let (name, arguments) = match piece {
            Piece::Path { .. } => return self.child(node, BY_PATH).filter(|_| way == 0).map(|next| (next, true)),
            Piece::Name { name, arguments, .. } => (*name, arguments.filter(|arguments| !arguments.is_empty())),
        };
        let bare = || unqualified(name).map(|name| name.rsplit('.').next().unwrap_or(name));
        let word = match (way, arguments) {
            (0, Some(arguments)) => self.child(node, &with_names(unqualified(name).unwrap_or(name), arguments)),
            (1, Some(_)) => self.child(node, name).and_then(|next| self.child(next, PLACEHOLDER)),
            (0, None) => self.child(node, name),
            (1, None) => unqualified(name).and_then(|name| self.child(node, &format!("microsoft.graph.{name}"))),
            (2, None) => bare().and_then(|name| self.child(node, name)),
            // `$count` is no key.
            (_, None) if !name.starts_with('$') => return self.child(node, PLACEHOLDER).map(|next| (next, false)),
            _ => None,
        };
        word.map(|next| (next, true))
    }
}

/// A function with the names of its arguments, as the generator writes it: `range(address)`.
fn with_names(name: &str, arguments: &[Argument]) -> String {
    let mut names: Vec<&str> = arguments.iter().filter_map(|argument| argument.name.as_deref()).collect();
    names.sort_by_key(|name| name.to_ascii_lowercase());
    format!("{name}({})", names.join(","))
}

impl Access {
    /// The permissions of a scheme that let the call pass, the [least](Access::least) first.
    pub fn grants(self, scheme: Scheme) -> impl Iterator<Item = Grant> {
        let run = self.data.run(DataSection::Accesses, self.index, 0);
        run.map(move |index| Grant { data: self.data, index }).filter(move |grant| grant.scheme() == Some(scheme))
    }

    /// The least permission of a scheme: the one that the list calls so; if it calls several so or none, the one of the lowest
    /// level that reads only and is good for the fewest paths. Permissions for the caller's own user alone and those for a
    /// single property or purpose come last, by the overlay. Nothing if the call is not possible in this scheme.
    pub fn least(self, scheme: Scheme) -> Option<&'static str> {
        self.grants(scheme).next().map(Grant::permission)
    }
}

impl Grant {
    fn flags(self) -> u8 {
        self.data.record(DataSection::Grants, self.index).u8(2)
    }

    fn scheme(self) -> Option<Scheme> {
        Scheme::ALL.get(usize::from(self.flags() & grant_flags::SCHEME)).copied()
    }

    /// The name of the permission.
    pub fn permission(self) -> &'static str {
        let index = self.data.record(DataSection::Grants, self.index).u16(0);
        Permission { data: self.data, index }.name()
    }

    /// Returns whether the list calls it the least. It may call several permissions so.
    pub fn is_least(self) -> bool {
        self.flags() & grant_flags::LEAST != 0
    }

    /// Returns whether it is good for the caller's own user only, although the path may name any: `User.Read` on
    /// `/users/{id}`.
    pub fn is_for_own_user(self) -> bool {
        self.flags() & grant_flags::OWN_USER != 0
    }

    /// The permissions of which one is needed beside this one; mostly none. The list does not say whether one is enough
    /// where it names several: they are higher and lower privileges for the same, so one is.
    pub fn also_requires(self) -> Vec<&'static str> {
        let Some(list) = u16::from(self.data.record(DataSection::Grants, self.index).u8(3)).checked_sub(1) else {
            return Vec::new();
        };
        let items = self.data.run(DataSection::Besides, list, 0);
        let indices = items.map(|index| self.data.record(DataSection::BesideItems, index).u16(0));
        indices.map(|index| Permission { data: self.data, index }.name()).collect()
    }
}

impl Permission {
    /// Its name, such as `User.Read`.
    pub fn name(self) -> &'static str {
        self.data.text(self.data.record(DataSection::Permissions, self.index).u16(0))
    }

    fn flags(self, scheme: Scheme) -> u8 {
        self.data.record(DataSection::Permissions, self.index).u8(2 + scheme as usize)
    }

    /// Returns whether it can be granted in a scheme.
    pub fn exists_in(self, scheme: Scheme) -> bool {
        self.flags(scheme) & permission_flags::EXISTS != 0
    }

    /// Returns whether an administrator has to consent to it in a scheme.
    pub fn needs_admin_consent(self, scheme: Scheme) -> bool {
        self.flags(scheme) & permission_flags::ADMIN_CONSENT != 0
    }

    /// Returns how much it allows in a scheme, from 1 to 4; nothing where the list does not rate it.
    pub fn level(self, scheme: Scheme) -> Option<u8> {
        Some(self.flags(scheme) >> permission_flags::LEVEL).filter(|level| *level > 0)
    }
}

impl Scheme {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::DelegatedWork, Self::DelegatedPersonal, Self::Application];
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(Scheme::ALL.map(|scheme| (scheme, self.grants(scheme).collect::<Vec<_>>()))).finish()
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.permission())
    }
}

impl fmt::Debug for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
