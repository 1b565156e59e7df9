// A MongoDB server in memory, as far as the conformance suite uses one: MongoStandIn PORT
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import java.util.List;

public class MongoStandIn {
  /** The version that the suite is made for; its driver asks for the wire version. */
  private static final MongoVersion VERSION = new MongoVersion() {
    @Override
    public List<Integer> getVersionArray() {
      return List.of(6, 0, 0);
    }

    @Override
    public int getWireVersion() {
      return 17;
    }
  };

  private static class Backend extends MemoryBackend {
    @Override
    public Document handleCommand(Channel channel, String database, String command, Document query) {
      // The suite reads it when it starts; the library does not know the command.
      if (command.equalsIgnoreCase("getParameter") && query.containsKey("featureCompatibilityVersion")) {
        Document version = new Document("version", "6.0");
        return new Document("featureCompatibilityVersion", version).append("ok", 1.0);
      }
      return super.handleCommand(channel, database, command, query);
    }
  }

  public static void main(String[] arguments) throws InterruptedException {
    MemoryBackend backend = new Backend();
    backend.version(VERSION);
    new MongoServer(backend).bind("127.0.0.1", Integer.parseInt(arguments[0]));
    Thread.currentThread().join();
  }
}
