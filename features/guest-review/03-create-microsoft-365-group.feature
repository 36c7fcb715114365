@step-3
Feature: Create the Microsoft 365 group
  John is needed in a campaign. The administrator owns its group, and will be asked whether John still belongs there.

  Scenario: The administrator can own a group
    Given the administrator is a user of the tenant

  Scenario: Create the group with its owner and the guest
    When the administrator creates the Microsoft 365 group "Feelgood Marketing Campaign":
      | description  | Feelgood Marketing Campaign with external partners and vendors. |
      | mailNickname | FeelGoodCampaign                                                |
      | owner        | the administrator                                               |
      | member       | John Doe (Tailspin Toys)                                        |
    Then the group "Feelgood Marketing Campaign" is created

  Scenario: It is a Microsoft 365 group
    Then the group "Feelgood Marketing Campaign" is a Microsoft 365 group, security-enabled and mail-enabled

  Scenario: The administrator owns it
    Then the owners of "Feelgood Marketing Campaign" are exactly:
      | the administrator |

  Scenario: John is its only member
    Then the members of "Feelgood Marketing Campaign" are exactly:
      | John Doe (Tailspin Toys) |
