// The health check of the container `mongo` in compose.yaml. At the first start it makes the replica set and two users: `admin`, and
// `leadlight`, who may read and write the one database and nothing else. Later it only looks whether `leadlight` can sign in.
const { MONGO_PASSWORD, MONGO_ADMIN_PASSWORD, MONGO_MEMBER = "mongo:27017" } = process.env;
const admin = db.getSiblingDB("admin"), app = db.getSiblingDB("leadlight");
const roles = [{ role: "readWrite", db: "leadlight" }];

function signIn(base, user, password) {
  try {
    return base.auth(user, password).ok === 1;
  } catch {
    return false;
  }
}

function isPrimary() {
  return db.hello().isWritablePrimary;
}

if (signIn(app, "leadlight", MONGO_PASSWORD)) quit(isPrimary() ? 0 : 1);

if (!signIn(admin, "admin", MONGO_ADMIN_PASSWORD)) {
  // While there is no user at all, mongod lets a client on the same host make the first one.
  if (!isPrimary()) {
    try {
      rs.initiate({ _id: "leadlight", members: [{ _id: 0, host: MONGO_MEMBER }] });
    } catch (error) {
      if (error.codeName !== "AlreadyInitialized") throw error;
    }
    for (let tries = 0; !isPrimary() && tries < 50; tries++) sleep(200);
  }
  admin.createUser({ user: "admin", pwd: MONGO_ADMIN_PASSWORD, roles: ["root"] });
  admin.auth("admin", MONGO_ADMIN_PASSWORD);
}

// Also where MONGO_PASSWORD was changed in .env.
if (app.getUser("leadlight")) app.updateUser("leadlight", { pwd: MONGO_PASSWORD, roles });
else app.createUser({ user: "leadlight", pwd: MONGO_PASSWORD, roles });
