//! Objects without a behaviour, from all parts of Graph: created, read, listed, filtered, changed, deleted.

use graphwalk_catalog::{ApiPath, Catalog, Method};
use graphwalk_emulator::Settings;
use graphwalk_emulator::generic::{GENERIC, ORIGIN};
use graphwalk_emulator::seed::Seed;
use serde_json::Value;

use crate::served::{Actor, Answer, Served, settings};

pub const ADELE: &str = "10000000-0000-4000-8000-000000000001";
pub const GROUP: &str = "20000000-0000-4000-8000-000000000001";

const TENANT: &str =
    "users: [{id: 10000000-0000-4000-8000-000000000001, userPrincipalName: adele@contoso.com, displayName: Adele}]
groups: [{id: 20000000-0000-4000-8000-000000000001, displayName: Door, members: [adele@contoso.com]}]";

/// A tenant with a user and a group; and what more a seed says.
pub async fn tenant(more: &str) -> Served {
    let seed = Seed::parse(&format!("{TENANT}\n{more}")).unwrap();
    Served::with(Settings { seed, ..settings() }).await
}

pub fn id(object: &Value) -> String {
    object["id"].as_str().unwrap_or_else(|| panic!("no id: {object}")).to_owned()
}

pub fn is_generic(answer: &Answer) -> bool {
    answer.header(ORIGIN) == Some(GENERIC)
}

/// The collections of the table: `{…}` stands for the id of an object that is created for it first, in the collection before.
fn table() -> Vec<(String, Value, Value)> {
    let rows: Vec<Value> = serde_json::from_str(include_str!("generic_objects.json")).unwrap();
    rows.into_iter()
        .map(|row| (row["path"].as_str().unwrap().to_owned(), row["body"].clone(), row["change"].clone()))
        .collect()
}

/// Creates what the placeholders of a path stand for, once.
async fn filled(administrator: &Actor<'_>, path: &str, made: &mut Vec<(String, String)>) -> String {
    let mut path = path.to_owned();
    while let Some((before, rest)) = path.split_once('{') {
        let (wanted, after) = rest.split_once('}').unwrap();
        let id = match made.iter().find(|(known, _)| known == wanted) {
            Some((_, id)) => id.clone(),
            None => {
                let body =
                    table().into_iter().find(|(known, ..)| known.rsplit('/').next() == wanted.rsplit('/').next());
                let (_, body, _) = body.unwrap();
                let collection =
                    if wanted.contains('*') { before.trim_end_matches('/').to_owned() } else { wanted.to_owned() };
                let created = administrator.post(&format!("/v1.0{collection}"), &body).await.ok(201);
                made.push((wanted.to_owned(), id(&created)));
                id(&created)
            }
        };
        path = format!("{before}{}{after}", id.replace('@', "%40"));
    }
    path
}

/// How many objects of the table are read, changed and deleted.
#[derive(Debug, Default, PartialEq, PartialOrd)]
struct Done {
    read: usize,
    changed: usize,
    deleted: usize,
}

#[tokio::test]
async fn objects_of_every_part_of_graph_are_created_read_listed_filtered_changed_and_deleted() {
    let served = tenant("objects: [{path: /sites, body: {id: root, displayName: Home}}]").await;
    let administrator = served.administrator();
    let (mut made, mut done) = (Vec::new(), Done::default());
    for (path, body, change) in table() {
        let path = format!("/v1.0{}", filled(&administrator, &path, &mut made).await);
        let methods_of_all = methods(&path);
        let number = async || match methods_of_all.contains(&Method::Get) {
            true => administrator.all(&path).await.len(),
            false => 0,
        };
        let before = number().await;
        let created = administrator.post(&path, &body).await;
        assert!(is_generic(&created), "{path}");
        let location = created.header("location").map(str::to_owned);
        let created = created.ok(201);
        let key = id(&created);
        assert!(location.is_some_and(|location| location.ends_with(&key)), "{path}");
        for (name, value) in body.as_object().unwrap() {
            assert_eq!(&created[name], value, "{path} {name}");
        }
        let one = format!("{path}/{}", key.replace('@', "%40"));
        let methods = methods(&one);
        let reads = methods.contains(&Method::Get);
        if reads {
            let read = administrator.get(&one).await;
            assert!(is_generic(&read), "{one}");
            let (mut read, mut created) = (read.ok(200), created);
            for object in [&mut read, &mut created] {
                object.as_object_mut().unwrap().retain(|name, _| !name.starts_with('@'));
            }
            assert_eq!(read, created, "{one}");
            done.read += 1;
        }
        if methods_of_all.contains(&Method::Get) {
            assert_eq!(number().await, before + 1, "{path}");
            filter(&administrator, &path, &body, &key).await;
        }
        if methods.contains(&Method::Patch) && !change.is_null() {
            patch(&administrator, &one, &change, &key).await;
            done.changed += 1;
        }
        if methods.contains(&Method::Delete) {
            administrator.delete(&one).await.ok(204);
            if reads {
                let gone = administrator.get(&one).await;
                assert!(is_generic(&gone), "{one}");
                gone.refused(404, "Request_ResourceNotFound");
            }
            administrator.delete(&one).await.refused(404, "Request_ResourceNotFound");
            assert_eq!(number().await, before, "{path}");
            done.deleted += 1;
        }
    }
    assert!(done >= Done { read: 40, changed: 35, deleted: 40 }, "{done:?}");
}

/// A change is read again, and leaves the id as it is.
async fn patch(administrator: &Actor<'_>, one: &str, change: &Value, key: &str) {
    let answer = administrator.patch(one, change).await;
    assert!(is_generic(&answer), "{one}");
    answer.ok(if is_patch_answered(one) { 200 } else { 204 });
    let changed = administrator.get(one).await.ok(200);
    for (name, value) in change.as_object().unwrap() {
        assert_eq!(&changed[name], value, "{one} {name}");
    }
    assert_eq!(id(&changed), key, "{one}");
}

fn is_patch_answered(path: &str) -> bool {
    let resolved = Catalog::v1().resolve(&ApiPath::parse(path).unwrap()).unwrap();
    resolved.target().unwrap().named().unwrap().is_patch_answered()
}

fn methods(path: &str) -> Vec<Method> {
    Catalog::v1().methods(&ApiPath::parse(path).unwrap())
}

/// The object is found by a text that it has, and not by another.
async fn filter(administrator: &Actor<'_>, path: &str, body: &Value, key: &str) {
    let mut texts = body.as_object().unwrap().iter().filter(|(name, value)| !name.contains('@') && value.is_string());
    let Some((name, text)) = texts.next() else { return };
    let text = text.as_str().unwrap().replace('/', "%2F");
    let found = administrator.all(&format!("{path}?$filter={name}%20eq%20'{text}'")).await;
    assert!(found.iter().any(|item| id(item) == key), "{path} {name}: {found:?}");
    let others = administrator.all(&format!("{path}?$filter={name}%20eq%20'nothing'")).await;
    assert_eq!(others.len(), 0, "{path}");
}
