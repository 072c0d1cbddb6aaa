import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** Posts events as the Java SDK does: the JDK's client as it comes, so with an offer of HTTP/2; no project. */
class Ingest {
    public static void main(String[] arguments) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        for (String size : arguments[2].split(",")) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(arguments[0] + "/v1/events/ingest"))
                .header("Authorization", "Bearer " + arguments[1])
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body(Integer.parseInt(size))))
                .build();
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            System.out.println(response.statusCode() + " " + response.body());
        }
    }

    static String body(int events) {
        StringBuilder body = new StringBuilder("{\"events\":[");
        String trace = "tr_" + hex();
        for (int i = 1; i <= events; i++) {
            body.append(i == 1 ? "" : ",").append(
                "{\"type\":\"span\",\"trace_id\":\"" + trace + "\",\"span_id\":\"sp_" + hex() + "\""
                + ",\"kind\":\"llm_call\",\"name\":\"langchain4j.gpt-4o\",\"sequence\":" + i
                + ",\"timestamp\":\"" + java.time.Instant.now() + "\",\"status\":\"ok\",\"duration_ms\":7"
                + ",\"agent_name\":\"default\",\"payload\":{\"response\":\"caf\u00e9 \u4e2d\"}}");
        }
        return body.append("]}").toString();
    }

    static String hex() {
        return java.util.UUID.randomUUID().toString().replace("-", "");
    }
}
