//! Importing again keeps what was changed by hand.

use std::fs;

use crate::{import, page_file};

#[test]
fn a_changed_feature_is_kept_and_the_new_one_put_beside_it() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("tutorial");
    import(&page_file("night-shift.md"), &folder);
    let changed = folder.join("02-create-the-group.feature");
    let untouched = folder.join("01-create-the-watchmen.feature");
    let by_hand = fs::read_to_string(&changed).unwrap() + "    # by hand\n";
    fs::write(&changed, &by_hand).unwrap();

    // The same page: nothing is new, and what was changed stays.
    let (_, printed) = import(&page_file("night-shift.md"), &folder);
    assert!(printed.contains("kept as it was changed by hand: 02-create-the-group.feature"), "{printed}");
    assert_eq!(fs::read_to_string(&changed).unwrap(), by_hand);

    // Another state of the page: what was not changed by hand follows it.
    let page = parent.path().join("night-shift.md");
    let text = fs::read_to_string(page_file("night-shift.md")).unwrap().replace("Ida Berg", "Ida Sund");
    fs::write(&page, text.replace("\"Night shift\"", "\"Late shift\"")).unwrap();
    import(&page, &folder);
    assert_eq!(fs::read_to_string(&changed).unwrap(), by_hand);
    assert!(fs::read_to_string(&untouched).unwrap().contains("Ida Sund"));
    let beside = fs::read_to_string(folder.join("02-create-the-group.feature.new")).unwrap();
    assert!(beside.contains("Late shift"), "{beside}");
    assert!(!folder.join("01-create-the-watchmen.feature.new").exists());
}

#[test]
fn an_import_again_changes_nothing_of_the_same_page() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("tutorial");
    let all = || {
        let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.into_iter().map(|path| (fs::read(&path).unwrap(), path)).collect::<Vec<_>>()
    };
    import(&page_file("package.md"), &folder);
    let first = all();
    import(&page_file("package.md"), &folder);
    assert_eq!(all(), first);
}
