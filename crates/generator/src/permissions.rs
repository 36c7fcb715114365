//! Reading the permissions list: `permissions/new/permissions.json` of microsoft-graph-devx-content.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use graphwalk_catalog::layout::{BY_PATH, METHODS, PLACEHOLDER, SCHEMES};
use serde::Deserialize;

use super::Fault;
use super::csdl::Model;
use super::overlay::{self, Overlay};

#[derive(Debug, Deserialize)]
struct PermissionList {
    permissions: BTreeMap<String, ListedPermission>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListedPermission {
    schemes: BTreeMap<String, ListedScheme>,
    path_sets: Vec<PathSet>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListedScheme {
    #[serde(default)]
    requires_admin_consent: bool,
    #[serde(default)]
    privilege_level: Option<u8>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PathSet {
    scheme_keys: Vec<String>,
    methods: Vec<String>,
    paths: BTreeMap<String, String>,
}

/// The permissions that let each call pass.
#[derive(Debug, Default)]
pub struct Permissions {
    /// By name: for each scheme whether it exists there, whether an administrator has to consent, and its level.
    pub all: BTreeMap<String, [Option<(bool, u8)>; SCHEMES.len()]>,
    /// The tree of the paths.
    pub paths: PathNode,
    /// Paths that are no paths, left out.
    pub left_out: BTreeSet<String>,
}

/// A segment of the paths: what follows it, in lower case, and what may be called there.
#[derive(Debug, Default)]
pub struct PathNode {
    /// The first spelling that is not all lower case, or the one in lower case.
    pub spelling: String,
    pub children: BTreeMap<String, PathNode>,
    /// The grants by method number.
    pub methods: BTreeMap<u8, Vec<ListedGrant>>,
}

/// A permission that lets a call pass.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListedGrant {
    pub scheme: u8,
    pub rank: PermissionRank,
    pub permission: String,
    pub least: bool,
    /// It reaches the caller's own user only.
    pub own: bool,
    pub beside: Vec<String>,
}

/// Sorts the least first: what is not for a single purpose, what reaches others, what the list calls the least, what has the lowest level, what only
/// reads, what is good for the fewest paths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PermissionRank {
    narrow: bool,
    own: bool,
    not_least: bool,
    level: u8,
    writes: bool,
    paths: usize,
}

impl Permissions {
    /// Reads the list, and adds the calls of the overlay. Words are spelt as in the CSDL, where it has them.
    ///
    /// # Errors
    ///
    /// If it is no JSON of this shape, or names a method or scheme that is not known.
    pub fn parse(text: &str, overlay: &Overlay, model: &Model) -> Result<Self, Fault> {
        let list: PermissionList =
            serde_json::from_str(text).map_err(|error| Fault(format!("permissions: {error}")))?;
        let mut permissions = Self::default();
        for (name, entry) in &list.permissions {
            permissions.declare(name, entry)?;
        }
        permissions.declare_newer(overlay)?;
        for (name, entry) in &list.permissions {
            for set in &entry.path_sets {
                permissions.add_set(name, entry, set, overlay)?;
            }
        }
        permissions.add_calls(overlay)?;
        permissions.add_grants(overlay)?;
        permissions.paths.sort();
        permissions.paths.spell_like(&words(model));
        Ok(permissions)
    }

    fn add_calls(&mut self, overlay: &Overlay) -> Result<(), Fault> {
        let permissions = self;
        for call in &overlay.call {
            let method = number(&METHODS, &call.method)?;
            for path in &call.paths {
                let Some(node) = permissions.paths.at(path) else {
                    return Err(Fault(format!("overlay: {path} is not a path")));
                };
                if node.methods.contains_key(&method) {
                    return Err(Fault(format!("overlay: the permissions list has {} {path}", call.method)));
                }
                let (work, application) = (grants(0, &call.work), grants(2, &call.application));
                node.methods.entry(method).or_default().extend(work.chain(application));
            }
            for name in call.work.iter().chain(&call.application) {
                if !permissions.all.contains_key(name) {
                    return Err(Fault(format!("overlay: there is no permission {name}")));
                }
            }
        }
        Ok(())
    }

    fn add_grants(&mut self, overlay: &Overlay) -> Result<(), Fault> {
        for said in &overlay.grant {
            let (method, name) = (number(&METHODS, &said.method)?, &said.permission);
            if !self.all.contains_key(name) {
                return Err(Fault(format!("overlay: there is no permission {name}")));
            }
            for path in &said.paths {
                let call = format!("{} {path}", said.method);
                let node = self.paths.at(path).ok_or_else(|| Fault(format!("overlay: {path} is not a path")))?;
                let Some(grants) = node.methods.get_mut(&method) else {
                    return Err(Fault(format!("overlay: expected a call that the permissions list has, got {call}")));
                };
                for scheme in &said.schemes {
                    let scheme = number(&SCHEMES, scheme)?;
                    let is_listed = grants.iter().any(|known| known.scheme == scheme && known.permission == *name);
                    if is_listed != said.least {
                        let is = if is_listed { "has" } else { "lacks" };
                        return Err(Fault(format!("overlay: the permissions list {is} {name} for {call}")));
                    }
                    grants.push(said.grant(scheme));
                }
            }
        }
        Ok(())
    }

    fn declare_newer(&mut self, overlay: &Overlay) -> Result<(), Fault> {
        for name in overlay.newer_permissions.keys() {
            let new = [Some((true, 0)), None, Some((true, 0))];
            if self.all.insert(name.clone(), new).is_some() {
                return Err(Fault(format!("overlay: the permissions list has {name}")));
            }
        }
        Ok(())
    }

    fn declare(&mut self, name: &str, entry: &ListedPermission) -> Result<(), Fault> {
        let schemes = self.all.entry(name.to_owned()).or_default();
        for (scheme, known) in &entry.schemes {
            let level = known.privilege_level.unwrap_or(0);
            schemes[usize::from(number(&SCHEMES, scheme)?)] = Some((known.requires_admin_consent, level));
        }
        Ok(())
    }

    fn add_set(&mut self, name: &str, entry: &ListedPermission, set: &PathSet, overlay: &Overlay) -> Result<(), Fault> {
        let narrow = overlay.narrow_permissions.keys().any(|beginning| name.starts_with(beginning.as_str()));
        let paths = entry.path_sets.iter().map(|set| set.paths.len()).sum();
        for (path, marks) in &set.paths {
            let own =
                overlay.own_user_permissions.contains_key(name) && path.to_ascii_lowercase().starts_with("/users/{");
            let (mut least, mut beside) = (Vec::new(), Vec::new());
            for mark in marks.split(';').filter(|mark| !mark.is_empty()) {
                match mark.split_once('=') {
                    Some(("least", schemes)) => least = schemes.split(',').collect(),
                    Some(("AlsoRequires", names)) => beside = names.split(',').map(str::to_owned).collect(),
                    _ => {
                        return Err(Fault(format!("permissions: {path} of {name} has the unknown mark {mark}")));
                    }
                }
            }
            let Some(node) = self.paths.at(path) else {
                self.left_out.insert(path.clone());
                continue;
            };
            for scheme in &set.scheme_keys {
                let is_least = least.contains(&scheme.as_str());
                // What is not rated is rated highest: it cannot be called the least.
                let level = entry.schemes.get(scheme).and_then(|known| known.privilege_level).unwrap_or(u8::MAX);
                let scheme = number(&SCHEMES, scheme)?;
                let writes = name.contains("Write");
                let rank = PermissionRank { narrow, own, not_least: !is_least, level, writes, paths };
                let grant = ListedGrant {
                    scheme,
                    rank,
                    permission: name.to_owned(),
                    least: is_least,
                    own,
                    beside: beside.clone(),
                };
                for method in &set.methods {
                    node.methods.entry(number(&METHODS, method)?).or_default().push(grant.clone());
                }
            }
        }
        Ok(())
    }
}

/// The words of paths in the CSDL, by their lower case.
fn words(model: &Model) -> HashMap<String, &str> {
    let roots = model.roots.iter().map(|root| &root.name);
    let types = model.types.values();
    let parts =
        types.flat_map(|ty| ty.navigations.iter().map(|way| &way.name).chain(ty.properties.iter().map(|p| &p.name)));
    let operations = model.operations.iter().map(|operation| &operation.name);
    roots.chain(parts).chain(operations).map(|word| (word.to_ascii_lowercase(), word.as_str())).collect()
}

fn grants(scheme: u8, names: &[String]) -> impl Iterator<Item = ListedGrant> {
    names.iter().enumerate().map(move |(index, name)| ListedGrant {
        scheme,
        rank: PermissionRank { not_least: index > 0, paths: index, ..PermissionRank::default() },
        permission: name.clone(),
        least: index == 0,
        own: false,
        beside: Vec::new(),
    })
}

impl overlay::OverlayGrant {
    /// Returns the grant: before all others if it is the least, else after them.
    fn grant(&self, scheme: u8) -> ListedGrant {
        let rank = match self.least {
            true => PermissionRank::default(),
            false => PermissionRank { not_least: true, level: u8::MAX, ..PermissionRank::default() },
        };
        let permission = self.permission.clone();
        ListedGrant { scheme, rank, permission, least: self.least, own: false, beside: Vec::new() }
    }
}

fn number(known: &[&str], name: &str) -> Result<u8, Fault> {
    let index = known.iter().position(|known| *known == name);
    let index = index.and_then(|index| u8::try_from(index).ok());
    index.ok_or_else(|| Fault(format!("permissions: expected one of {}, got {name}", known.join(", "))))
}

impl PathNode {
    /// The node of a path as the list writes it; nothing if it has a query.
    fn at(&mut self, path: &str) -> Option<&mut Self> {
        if !path.starts_with('/') || path.contains('?') {
            return None;
        }
        let mut node = self;
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        while let Some(part) = parts.next() {
            // `root:/{id}:/content`: what is between the colons is a path of its own.
            if let Some(name) = part.strip_suffix(':') {
                node = node.child(name).child(BY_PATH);
                let _path = parts.find(|part| part.ends_with(':'));
            } else {
                node = node.child(part);
            }
        }
        Some(node)
    }

    fn child(&mut self, part: &str) -> &mut Self {
        // Slips of the list: `{id}}`, `(team-id)`.
        if part.starts_with(['{', '(']) {
            return self.child_named(PLACEHOLDER);
        }
        let Some((name, rest)) = part.split_once('(') else {
            return self.child_named(part);
        };
        let inner = rest.trim_end_matches(')');
        if inner.is_empty() {
            return self.child_named(name);
        }
        if !inner.contains('=') {
            return self.child_named(name).child_named(PLACEHOLDER);
        }
        let mut names: Vec<&str> =
            inner.split(',').filter_map(|argument| argument.split_once('=')).map(|(name, _)| name.trim()).collect();
        names.sort_by_key(|name| name.to_ascii_lowercase());
        self.child_named(&format!("{name}({})", names.join(",")))
    }

    fn child_named(&mut self, name: &str) -> &mut Self {
        let lower = name.to_ascii_lowercase();
        let has_capitals = name != lower;
        let child = self.children.entry(lower).or_default();
        if child.spelling.is_empty() || has_capitals && child.spelling.to_ascii_lowercase() == child.spelling {
            name.clone_into(&mut child.spelling);
        }
        child
    }

    fn spell_like(&mut self, words: &HashMap<String, &str>) {
        for (lower, child) in &mut self.children {
            if let Some(word) = words.get(lower) {
                (*word).clone_into(&mut child.spelling);
            }
            child.spell_like(words);
        }
    }

    fn sort(&mut self) {
        for grants in self.methods.values_mut() {
            grants.sort();
            // One permission may stand in several sets of paths, with and without marks: the best of its kind counts.
            let mut seen = Vec::new();
            grants.retain(|grant| {
                let kind = (grant.scheme, grant.permission.clone());
                let is_new = !seen.contains(&kind);
                seen.push(kind);
                is_new
            });
        }
        for child in self.children.values_mut() {
            child.sort();
        }
    }
}
