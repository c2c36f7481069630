DROP TABLE sign_in_failures;
DROP TABLE api_tokens;
DROP TABLE sessions;
DROP TABLE memberships;
DROP TABLE group_users;
DROP TABLE user_groups;
DROP TABLE users;
