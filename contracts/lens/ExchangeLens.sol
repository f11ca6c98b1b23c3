// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {IMarkPrice} from "../interfaces/IMarkPrice.sol";
import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {Account, Reservation} from "../types/Account.sol";
import {MarketState} from "../types/Market.sol";
import {Price} from "../types/Price.sol";

/// @title Reads many accounts of one market in one call
/// @notice For monitors, keepers and the lab. Holds nothing and may do nothing; anyone may call everything.
contract ExchangeLens {
    /// @notice A market as a whole.
    /// @param price mark, index and validity as they stand
    /// @param state open interest and funding
    /// @param bestBid best live bid, quote per base, WAD; 0 if the side is empty
    /// @param bestAsk best live ask, quote per base, WAD; 0 if the side is empty
    /// @param last last traded price, quote per base, WAD
    /// @param tokensHeld quote tokens the ledger holds, WAD
    /// @param socialisedLoss deficits nobody was left to bear, quote, WAD
    struct MarketRow {
        Price price;
        MarketState state;
        uint256 bestBid;
        uint256 bestAsk;
        uint256 last;
        uint256 tokensHeld;
        uint256 socialisedLoss;
    }

    /// @dev Bytes of an account's row.
    uint256 private constant ROW = 192;

    IClearingHouse public immutable CLEARING_HOUSE;
    IOrderBook public immutable ORDER_BOOK;
    IMarkPrice public immutable MARK_PRICE;

    constructor(IClearingHouse clearingHouse, IOrderBook orderBook, IMarkPrice markPrice) {
        CLEARING_HOUSE = clearingHouse;
        ORDER_BOOK = orderBook;
        MARK_PRICE = markPrice;
    }

    /// @notice Touches positions in the given order, then reads them in that order. Settling is open to anyone and changes
    /// nobody's worth; called without sending a transaction, it shows what settling in another order would give.
    /// @dev Reverts as IClearingHouse.poke does.
    /// @return rows see `read`
    function settleThenRead(
        uint32[] calldata accounts,
        uint8 market,
        address spotToken
    ) external returns (bytes memory rows) {
        for (uint256 i; i < accounts.length; ++i) CLEARING_HOUSE.poke(accounts[i], market);
        return read(accounts, market, spotToken);
    }

    /// @notice The market as a whole, at the prices of now, whatever their validity.
    function readMarket(uint8 market) external view returns (MarketRow memory row) {
        row.price = MARK_PRICE.peek(market);
        row.state = CLEARING_HOUSE.marketState(market);
        (row.bestBid, row.bestAsk, row.last) = ORDER_BOOK.quotes(market);
        row.tokensHeld = IERC20(CLEARING_HOUSE.quoteToken()).balanceOf(address(CLEARING_HOUSE));
        row.tokensHeld *= CLEARING_HOUSE.quoteScale();
        row.socialisedLoss = CLEARING_HOUSE.socialisedLoss();
    }

    /// @notice Reads accounts in the given order.
    /// @param spotToken the asset whose wallet balance is read beside the quote token's; the market's underlying
    /// @return rows six words an account, each of two halves of 128 bits: cash and pending settlement; size and quote of the
    /// position; reserved bids and asks; spot collateral, then the account's number, key and generation in 32 bits each; the
    /// owner's wallet in quote and spot; the part of the spot that waits to season, and until when. WAD, but for wallets, which are in the tokens' own decimals. All zero for an account that
    /// was never opened.
    function read(uint32[] calldata accounts, uint8 market, address spotToken) public view returns (bytes memory rows) {
        rows = new bytes(accounts.length * ROW);
        address quoteToken = CLEARING_HOUSE.quoteToken();
        uint8 asset = CLEARING_HOUSE.marketConfig(market).spotAsset;
        for (uint256 i; i < accounts.length; ++i) {
            address owner = _writeLedger(rows, i * ROW, accounts[i], market, asset);
            if (owner == address(0)) continue;
            uint256 quote = IERC20(quoteToken).balanceOf(owner);
            _write(rows, i * ROW + 128, quote, IERC20(spotToken).balanceOf(owner));
        }
    }

    /// @dev Writes what the ledger knows of an account. `asset` is 1 + id of the market's underlying, 0 without one.
    function _writeLedger(
        bytes memory rows,
        uint256 offset,
        uint32 account,
        uint8 market,
        uint8 asset
    ) private view returns (address) {
        Account memory data = CLEARING_HOUSE.accountData(account);
        if (data.owner == address(0)) return address(0);
        IClearingHouse.PositionView memory position = CLEARING_HOUSE.positionOf(account, market);
        Reservation memory reservation = CLEARING_HOUSE.reservation(account, market);
        uint256 spot;
        if (asset != 0 && data.spotAssets != 0) spot = _writeSpot(rows, offset + 160, account, asset - 1);
        _write(rows, offset, uint256(int256(data.cash)), uint256(position.pending));
        _write(rows, offset + 32, uint256(position.size), uint256(position.quote));
        _write(rows, offset + 64, reservation.bids, reservation.asks);
        uint256 identity = (uint256(account) << 64) | (uint256(position.key) << 32) | position.generation;
        _write(rows, offset + 96, spot, identity);
        return data.owner;
    }

    function _writeSpot(bytes memory rows, uint256 offset, uint32 account, uint8 asset) private view returns (uint256) {
        (uint256 spot, uint256 waiting, uint256 seasonedAt) = CLEARING_HOUSE.spotBalance(account, asset);
        _write(rows, offset, waiting, seasonedAt);
        return spot;
    }

    /// @dev Two halves of a word; of negative numbers the low 128 bits are kept.
    function _write(bytes memory rows, uint256 offset, uint256 high, uint256 low) private pure {
        uint256 word = (high << 128) | uint128(low);
        assembly ("memory-safe") {
            mstore(add(add(rows, 32), offset), word)
        }
    }
}
