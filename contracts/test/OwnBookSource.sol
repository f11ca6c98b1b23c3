// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {IPriceSource, Reading, SourceStatus} from "../interfaces/IPriceSource.sol";

/// @title The last price of the exchange's own book as if it were an outside one: the mistake of pricing on one's own venue
/// @notice For runs of the lab without that defence.
contract OwnBookSource is IPriceSource {
    IOrderBook public immutable BOOK;

    /// @notice Depth every price is given, quote, WAD.
    uint256 public immutable DEPTH;

    constructor(IOrderBook book, uint256 depth) {
        BOOK = book;
        DEPTH = depth;
    }

    /// @inheritdoc IPriceSource
    /// @dev The last trade, else the middle of the quotes, else UNCONFIGURED.
    function read(uint8 market) external view returns (Reading memory reading) {
        (uint256 bid, uint256 ask, uint256 last) = BOOK.quotes(market);
        reading.price = last != 0 ? last : (bid == 0 || ask == 0 ? 0 : (bid + ask) / 2);
        reading.status = reading.price == 0 ? SourceStatus.UNCONFIGURED : SourceStatus.OK;
        reading.publishedAt = block.timestamp;
        reading.depth = DEPTH;
    }
}
