import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Publishes one event of an image to lookalike's log (docs/reference/events.md). Java 17 runs it from its source; the
 * folder holds kafka-clients and slf4j-api:
 *
 *   java -cp 'jars/*' Publish.java 127.0.0.1:9092 added holiday/boats.jpg boats.jpg
 *     https://pictures.example.com/boats.jpg image/jpeg '{"album": "holiday"}'   (one line)
 *   java -cp 'jars/*' Publish.java 127.0.0.1:9092 deleted holiday/boats.jpg
 *
 * lookalike fetches the picture by the link; the file says which bytes these are. Prints the event's partition and
 * offset.
 */
public class Publish {
  public static void main(String[] args) throws Exception {
    boolean isDeletion = args.length == 3 && args[1].equals("deleted");
    if (!isDeletion && (args.length < 6 || !Set.of("added", "updated").contains(args[1]))) {
      System.err.println("usage: Publish.java BROKERS added|updated IMAGE_ID FILE URI MEDIA_TYPE [ATTRIBUTES]");
      System.err.println("       Publish.java BROKERS deleted IMAGE_ID");
      System.exit(2);
    }
    String imageId = args[2];

    Properties settings = new Properties();
    settings.put("bootstrap.servers", args[0]);
    // All replicas in sync; retries neither repeat an event nor let it overtake another.
    settings.put("acks", "all");
    settings.put("enable.idempotence", "true");
    // No partitioner.class: the default is murmur2 of the key, so all events of an image lie in one partition.
    try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
      // The whole state each time: what is left out is gone. Data of a deletion are not read.
      String data = isDeletion ? "{}" : stateOf(Path.of(args[3]), args[4], args[5], args.length > 6 ? args[6] : "{}");
      var event = new ProducerRecord<>("image-events", imageId, data.getBytes(StandardCharsets.UTF_8));
      Map.of(
              "content-type", "application/json",
              "ce_specversion", "1.0",
              "ce_id", UUID.randomUUID().toString(),
              "ce_source", "/examples/publish-java",
              "ce_type", "io.lookalike.image." + args[1] + ".v1",
              "ce_subject", imageId,
              "ce_time", Instant.now().toString())
          .forEach((name, value) -> event.headers().add(name, value.getBytes(StandardCharsets.UTF_8)));
      var position = producer.send(event).get();
      System.out.println("partition " + position.partition() + " offset " + position.offset());
    }
  }

  /** @param attributes a JSON object. */
  private static String stateOf(Path file, String uri, String mediaType, String attributes) throws Exception {
    byte[] picture = Files.readAllBytes(file);
    String sha256 = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(picture));
    return """
        {"uri": "%s", "sha256": "%s", "sizeBytes": %d, "mediaType": "%s", "attributes": %s}"""
        .formatted(uri, sha256, picture.length, mediaType, attributes);
  }
}
