-- A proxy's traffic, made up: 200,000 requests in 23 days, 20 keys, 6 teams. Psql runs it after
-- litellm_schema.sql.

INSERT INTO "LiteLLM_BudgetTable" (budget_id, max_budget, soft_budget, budget_duration, budget_reset_at, created_by, updated_by)
VALUES ('b-shared', 500, 400, '30d', '2026-07-01', 'admin', 'admin'),
       ('b-org', 9000, NULL, '1mo', '2026-07-01 00:00:00.500', 'admin', 'admin'),
       ('b-none', NULL, NULL, NULL, NULL, 'admin', 'admin');

INSERT INTO "LiteLLM_OrganizationTable" (organization_id, organization_alias, budget_id, spend, created_by, updated_by, models)
VALUES ('o-1', 'Acme', 'b-org', 1234.5, 'admin', 'admin', '{}'), ('o-2', 'Subsidiary', 'b-none', 0, 'admin', 'admin', '{}');

INSERT INTO "LiteLLM_TeamTable" (team_id, team_alias, organization_id, max_budget, soft_budget, budget_duration, spend)
VALUES ('t-0', 'Search', 'o-1', 1000, 800, '30d', 12.5), ('t-1', 'Support', 'o-1', NULL, NULL, NULL, 7),
       ('t-2', '', 'o-2', NULL, NULL, NULL, 0), ('t-3', 'O''Brien "&" <b>Söhne</b>', NULL, NULL, NULL, NULL, 0);
INSERT INTO "LiteLLM_DeletedTeamTable" (id, team_id, team_alias, deleted_at)
VALUES ('d-1', 't-4', 'Old name', '2026-06-01'), ('d-2', 't-4', 'Last name', '2026-06-03'), ('d-3', 't-1', 'Support before', '2026-06-02');

INSERT INTO "LiteLLM_UserTable" (user_id, user_alias, user_email, organization_id, password, max_budget, spend)
VALUES ('u-1', 'Ada', 'ada@acme.example', 'o-1', 'SECRET PASSWORD', NULL, 0), ('u-2', NULL, 'bob@acme.example', NULL, NULL, 25, 24.5);
INSERT INTO "LiteLLM_ProjectTable" (project_id, project_alias, team_id, budget_id, spend, created_by, updated_by, models)
VALUES ('p-1', 'Launch', 't-0', 'b-shared', 3, 'admin', 'admin', '{}');
INSERT INTO "LiteLLM_EndUserTable" (user_id, alias, spend, budget_id, blocked)
VALUES ('c-1', 'Customer One', 2, 'b-shared', false), ('c-2', NULL, 0, NULL, false);
INSERT INTO "LiteLLM_TagTable" (tag_name, spend, budget_id, models) VALUES ('env:prod', 9, 'b-shared', '{}');
INSERT INTO "LiteLLM_TeamMembership" (user_id, team_id, spend, budget_id) VALUES ('u-1', 't-0', 1, 'b-shared'), ('u-2', 't-0', 1, NULL);
INSERT INTO "LiteLLM_OrganizationMembership" (user_id, organization_id, spend, budget_id) VALUES ('u-1', 'o-1', 4, 'b-shared');

-- keys 0 to 14 are in use; 15 and 16 were deleted; 17 was rotated, and both tables say so; 18 was, and
-- only the table of graces says so; no table knows 19
CREATE FUNCTION token_of(number bigint) RETURNS text LANGUAGE sql IMMUTABLE
RETURN encode(sha256(('key ' || number)::bytea), 'hex');

INSERT INTO "LiteLLM_VerificationToken" (token, key_name, key_alias, user_id, team_id, organization_id, metadata, spend, max_budget, budget_id)
SELECT token_of(k), 'sk-...' || lpad(k::text, 4, '0'), 'key ' || k || ' now', 'u-' || 1 + k % 2, 't-' || k % 6, 'o-1',
       '{"secret": "SECRET OF A KEY"}', k, CASE WHEN k = 3 THEN 50 END, CASE WHEN k IN (3, 4) THEN 'b-shared' END
FROM generate_series(0, 14) k;
INSERT INTO "LiteLLM_DeletedVerificationToken" (id, token, key_name, key_alias, team_id, deleted_at)
VALUES ('d-1', token_of(15), 'sk-...0015', 'key 15 at first', 't-3', '2026-06-02'),
       ('d-2', token_of(15), 'sk-...0015', 'key 15 at last', 't-3', '2026-06-04'),
       ('d-3', token_of(16), 'sk-...0016', NULL, 't-4', '2026-06-04'),
       ('d-4', token_of(17), 'sk-...0017', 'key 17 before', 't-5', '2026-06-05'),
       ('d-5', token_of(2), 'sk-...0002', 'key 2 restored since', 't-2', '2026-06-05');
INSERT INTO "LiteLLM_DeprecatedVerificationToken" (id, token, active_token_id, revoke_at)
VALUES ('g-1', token_of(17), token_of(0), '2026-06-30'), ('g-2', token_of(18), token_of(1), '2026-06-30');

INSERT INTO "LiteLLM_SpendLogs" (
    request_id, call_type, api_key, spend, total_tokens, prompt_tokens, completion_tokens, "startTime", "endTime",
    "completionStartTime", model, model_id, model_group, custom_llm_provider, api_base, "user", metadata, cache_hit,
    request_tags, team_id, end_user, messages, response, proxy_server_request, session_id, status, organization_id,
    request_duration_ms, litellm_call_id)
SELECT
    'chatcmpl-' || lpad(i::text, 6, '0'),
    CASE WHEN i % 50 = 7 THEN 'aembedding' ELSE 'acompletion' END,
    tokens[1 + i % 20],
    (prompt * 3 + answer * 15) / 1e6,
    prompt + answer, prompt, answer,
    at, at + answer * interval '20 ms', CASE WHEN i % 3 = 0 THEN at + interval '350 ms' END,
    CASE WHEN i % 5 = 0 THEN 'acme/small' ELSE 'acme/large' END,
    'deployment-' || i % 5, 'chat', 'acme', 'https://acme.example/v1', 'u-' || 1 + i % 2,
    CASE WHEN i % 11 = 0 THEN '{}' WHEN i % 13 = 0 THEN NULL ELSE jsonb_build_object(
        'status', NULL,
        'user_api_key_alias', 'key ' || i % 20 || ' then',
        'user_api_key_team_alias', CASE WHEN i % 2 = 0 THEN 'team then' END,
        'spend_logs_metadata', NULL,
        'usage_object', jsonb_build_object(
            'prompt_tokens', prompt, 'completion_tokens', answer, 'total_tokens', prompt + answer,
            'prompt_tokens_details', jsonb_build_object('cached_tokens', cached, 'audio_tokens', NULL),
            'completion_tokens_details', jsonb_build_object('reasoning_tokens', answer / 4)),
        'model_map_information', jsonb_build_object(
            'model_map_key', 'acme/large',
            'model_map_value', jsonb_build_object('key', 'acme/large', 'input_cost_per_token', 0.000003)),
        'additional_usage_values', '{}'::jsonb,
        'cost_breakdown', jsonb_build_object('input_cost', prompt * 3 / 1e6, 'output_cost', answer * 15 / 1e6)) END,
    (ARRAY['None', 'False', 'True', ''])[1 + i % 4],
    CASE WHEN i % 7 = 0 THEN NULL ELSE '["env:prod", "team:größe"]'::jsonb END,
    CASE WHEN i % 20 < 19 THEN 't-' || i % 6 ELSE '' END,
    CASE WHEN i % 4 = 0 THEN 'c-' || i % 3 ELSE '' END,
    '{"content": "SECRET PROMPT"}', '{"content": "SECRET ANSWER"}', '{"body": "SECRET BODY"}',
    CASE WHEN i % 9 = 0 THEN NULL ELSE 'session-' || i / 10 END,
    CASE WHEN i % 17 = 0 THEN NULL WHEN i % 101 = 0 THEN 'failure' ELSE 'success' END,
    'o-1', CASE WHEN i % 6 = 0 THEN NULL ELSE answer * 20 END, 'call-' || i
FROM (
    SELECT i, timestamp '2026-06-01' + i * interval '10 seconds' AS at,
           (500 + i * 7919 % 4000)::int AS prompt, (20 + i * 104729 % 600)::int AS answer, (i * 31 % 500)::int AS cached
    FROM generate_series(0::bigint, 199999) i) AS calls,
    (SELECT array_agg(token_of(k) ORDER BY k) AS tokens FROM generate_series(0, 19) k) AS known;

ANALYZE;
