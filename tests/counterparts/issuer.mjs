// An issuer whose tokens carry the claims that the request asks for; metadata and keys are real.
import { OAuth2Server } from "oauth2-mock-server";

const server = new OAuth2Server();
await server.issuer.keys.generate("RS256");
server.service.on("beforeTokenSigning", (token, request) => {
  Object.assign(token.payload, JSON.parse(request.body.claims ?? "{}"));
});
await server.start(Number(process.argv[2]), "127.0.0.1");
