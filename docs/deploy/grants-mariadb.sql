-- A user with the rights that the gateway needs. As root: mariadb platform < grants-mariadb.sql
-- Change the password, and '%' to the addresses of the gateways.
CREATE USER gateway@'%' IDENTIFIED BY 'change me';
GRANT SELECT (id, user_id, token_name, token_hash, token_prefix, scopes_json, created_at, expires_at, revoked_at) ON api_token TO gateway@'%';
GRANT SELECT (id, name, description) ON category TO gateway@'%';
GRANT SELECT (id, version, released, commit) ON ccextractor_version TO gateway@'%';
GRANT SELECT (id, test_id, regression_id) ON customized_test TO gateway@'%';
GRANT SELECT (id, github) ON fork TO gateway@'%';
GRANT SELECT (id, sample_id, command, input_type, output_type, expected_rc, active, last_passed_on_windows, last_passed_on_linux, description) ON regression_test TO gateway@'%';
GRANT SELECT (regression_id, category_id) ON regression_test_category TO gateway@'%';
GRANT SELECT (id, regression_id, correct, correct_extension, expected_filename, `ignore`) ON regression_test_output TO gateway@'%';
GRANT SELECT (id, file_hashes, regression_test_output_id) ON regression_test_output_files TO gateway@'%';
GRANT SELECT (id, sha, extension, original_name) ON sample TO gateway@'%';
GRANT SELECT (id, sample_id, original_name, extension) ON sample_extra TO gateway@'%';
GRANT SELECT (sample_id, tag_id) ON sample_tag_association TO gateway@'%';
GRANT SELECT (id, name, description) ON tag TO gateway@'%';
GRANT SELECT (id, platform, test_type, fork_id, branch, commit, pr_nr) ON test TO gateway@'%';
GRANT SELECT (id, test_id, status, timestamp, message) ON test_progress TO gateway@'%';
GRANT SELECT (test_id, regression_test_id, runtime, exit_code, expected_rc) ON test_result TO gateway@'%';
GRANT SELECT (test_id, regression_test_id, regression_test_output_id, expected, got) ON test_result_file TO gateway@'%';
-- A platform may lack these tables: leave out the lines of those that it lacks.
GRANT SELECT (id, `key`, value) ON general_data TO gateway@'%';
GRANT SELECT (id, platform, disabled) ON maintenance_mode TO gateway@'%';
GRANT SELECT (id, sample_id, issue_id, title, created_at, status) ON sample_issue TO gateway@'%';
GRANT SELECT (id, sample_id, version_id, platform, parameters, notes) ON upload TO gateway@'%';
