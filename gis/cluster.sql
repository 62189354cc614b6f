-- name: database_exists
SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'wangge')

-- name: create_database
CREATE DATABASE wangge

-- name: create_extension
CREATE EXTENSION IF NOT EXISTS postgis
