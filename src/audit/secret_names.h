/* Names and values that hold secrets, in manifests, environment files and source alike. */
#ifndef BATTEN_AUDIT_SECRET_NAMES_H
#define BATTEN_AUDIT_SECRET_NAMES_H

#include "base/base.h"

bool names_secret(str name);     /* DB_PASSWORD; not what is about a secret: TOKEN_TTL, SECRET_NAME,
                                    JWT_SECRET_FILE */
bool names_jwt_secret(str name); /* JWT_SECRET, SECRET_KEY_BASE */
bool is_about_secret(str name);  /* TOKEN_TTL */
bool is_literal_secret(str value); /* no reference, path, switch, number or placeholder */
bool is_stand_in(
    str value); /* written to be there, not to be secret: dummy, xxxxxxxx, not-needed */
/* A default of the database's, which only what runs beside it can reach:
 * POSTGRES_PASSWORD=postgres. */
bool is_database_default(str name, str value);
bool is_secret_by_itself(str value); /* a known kind of key, a token, a URL with a password, a
                                        private key: whatever its name */
bool holds_secret(str name, str value);
/* Of "NAME=value" or "--name=value": the value when that is a literal secret, else empty. */
str assigned_secret(str word, str *name);

#endif
