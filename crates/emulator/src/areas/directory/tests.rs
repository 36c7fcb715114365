use super::*;
use proptest::prelude::*;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn named(name: &str) -> Map<String, Value> {
    json!({"displayName": name, "userPrincipalName": format!("{name}@contoso.com")}).as_object().unwrap().clone()
}

fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

#[test]
fn transitive_members_are_each_found_once_though_groups_form_a_circle() {
    let mut directory = Directory::default();
    for number in 1..=3 {
        directory.add_user(User::new(id(number), named(&format!("u{number}"))));
    }
    for (group, members) in [(10, vec![1, 11]), (11, vec![2, 12]), (12, vec![3, 10, 1])] {
        let mut new = Group::new(id(group), named("g"));
        new.members = members.into_iter().map(id).collect();
        directory.add_group(new);
    }
    let found = directory.transitive_members(directory.group(&id(10).to_string()).unwrap());
    assert_eq!(found, [1, 11, 2, 12, 3].map(id));
}

#[test]
fn a_deleted_object_can_be_restored_for_thirty_days() {
    let mut directory = Directory::default();
    directory.add_user(User::new(id(1), named("a")));
    let mut group = Group::new(id(10), named("g"));
    group.members.insert(id(1));
    group.owners.insert(id(1));
    directory.add_group(group);
    directory.delete_user("A@contoso.com", now()).unwrap();
    assert!(directory.user("a@contoso.com").is_err());
    assert!(directory.groups()[&id(10)].members.is_empty());
    directory.restore(&id(1).to_string()).unwrap();
    assert!(directory.groups()[&id(10)].members.contains(&id(1)) && directory.user("a@contoso.com").is_ok());
    directory.delete_user("a@contoso.com", now()).unwrap();
    directory.expire(now());
    let due = directory.next_expiry().unwrap();
    assert_eq!(due, now() + KEPT);
    assert!(directory.deleted_item(&id(1).to_string()).is_ok());
    directory.expire(due);
    assert_eq!(directory.next_expiry(), None);
    assert!(directory.restore(&id(1).to_string()).is_err());
}

proptest! {
    #[test]
    fn transitive_members_end_whatever_the_groups_look_like(edges in proptest::collection::vec((0u128..8, 0u128..16), 0..60)) {
        let mut directory = Directory::default();
        for number in 0..8 {
            directory.add_group(Group::new(id(number), named("g")));
            directory.add_user(User::new(id(number + 8), named(&format!("u{number}"))));
        }
        for (group, member) in edges {
            directory.groups.get_mut(&id(group)).unwrap().members.insert(id(member));
        }
        for group in directory.groups.values() {
            let found = directory.transitive_members(group);
            let distinct: HashSet<Uuid> = found.iter().copied().collect();
            prop_assert_eq!(distinct.len(), found.len());
            prop_assert!(group.members.iter().all(|member| *member == group.id || distinct.contains(member)));
        }
    }
}
