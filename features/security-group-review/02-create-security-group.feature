@step-2
Feature: Create the security group
  A security group stands for access to something: here, to a building. Megan owns it, Adele and Alex are its members.

  Scenario: Create the group with its owner and its members
    When the administrator creates the security group "Building security":
      | description  | Building security |
      | mailNickname | buildingsecurity  |
      | owner        | Megan Bowen       |
      | member       | Adele Vance       |
      | member       | Alex Wilber       |
    Then the group "Building security" is created

  Scenario: The group grants access and takes no mail
    Then the group "Building security" is security-enabled and not mail-enabled

  Scenario: Megan owns the group
    Then the owners of "Building security" are exactly:
      | Megan Bowen |

  Scenario: Adele and Alex are its members
    Then the members of "Building security" are exactly:
      | Adele Vance |
      | Alex Wilber |
