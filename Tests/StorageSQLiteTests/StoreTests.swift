import StoreContract
import Testing

@testable import StorageSQLite
