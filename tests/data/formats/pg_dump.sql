--
-- PostgreSQL database dump
--

\restrict aQ3example

-- Dumped from database version 16.4
-- Dumped by pg_dump version 16.6

SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SELECT pg_catalog.set_config('search_path', '', false);

SET default_tablespace = '';

CREATE TABLE public."LiteLLM_BudgetTable" (
    budget_id text NOT NULL,
    max_budget double precision
);

--
-- Data for Name: LiteLLM_BudgetTable; Type: TABLE DATA; Schema: public; Owner: litellm
--

COPY public."LiteLLM_BudgetTable" (budget_id, max_budget) FROM stdin;
COPY public."LiteLLM_SpendLogs" (x) FROM stdin;\t1	100
b-2	\N
\.


--
-- Data for Name: LiteLLM_SpendLogs; Type: TABLE DATA; Schema: public; Owner: litellm
--

COPY public."LiteLLM_SpendLogs" (request_id, call_type, api_key, spend, total_tokens, prompt_tokens, completion_tokens, "startTime", "endTime", "completionStartTime", model, model_id, model_group, custom_llm_provider, api_base, "user", metadata, cache_hit, cache_key, request_tags, team_id, end_user, requester_ip_address, messages, response, proxy_server_request, session_id, status, organization_id, request_duration_ms, litellm_call_id) FROM stdin;
chatcmpl-1	acompletion	5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e	0.00365	2100	2000	100	2026-07-01 10:00:00	2026-07-01 10:00:02.5	2026-07-01 10:00:00.75	acme/large	dep-1	large	acme	https://api.acme.example	u-1	{"user_api_key": "5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e", "user_api_key_alias": "prod-search", "user_api_key_team_alias": "Search", "status": null, "usage_object": {"prompt_tokens": 2000, "completion_tokens": 100, "total_tokens": 2100, "prompt_tokens_details": {"cached_tokens": 1500}, "completion_tokens_details": {"reasoning_tokens": 40}}, "model_map_information": {"model_map_key": "acme/large", "model_map_value": {"key": "acme/large", "input_cost_per_token": 3e-06}}, "cost_breakdown": {"input_cost": 0.00195, "output_cost": 0.0017, "total_cost": 0.00365}}	None	Cache OFF	["env:prod", "User-Agent: curl"]	t-1		\N	{}	{}	{}	s-1	success	\N	2500	call-1
call-2	acompletion	5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e	0	0	0	0	2026-07-01 10:05:00.125	2026-07-01 10:05:00.125	\N	acme/small		small	acme	https://api.acme.example	u-1	{"user_api_key": "5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e", "user_api_key_alias": "prod-search", "user_api_key_team_alias": "Search", "status": "failure", "usage_object": null, "model_map_information": null, "cost_breakdown": null, "error_information": {"error_code": "429", "error_class": "RateLimitError", "llm_provider": "acme", "error_message": "slow down:\\n\\"C:\\\\quota\\"\\tleft 0"}}		Cache OFF	[]	t-1	\N	\N	{}	{}	{}	\N	failure	\N	0	call-2
\.


--
-- Data for Name: LiteLLM_TeamTable; Type: TABLE DATA; Schema: public; Owner: litellm
--

COPY public."LiteLLM_TeamTable" (team_id, team_alias) FROM stdin;
t-1	Search
\.


--
-- PostgreSQL database dump complete
--

\unrestrict aQ3example

