// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {IMarkPrice} from "../interfaces/IMarkPrice.sol";
import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {Account, Health, Reservation} from "../types/Account.sol";
import {MarketState} from "../types/Market.sol";
import {Price} from "../types/Price.sol";

/// @title Reads many accounts of one market in one call
/// @notice For monitors, keepers and the lab. Holds nothing and may do nothing; anyone may call everything.
contract ExchangeLens {
    IClearingHouse public immutable CLEARING_HOUSE;
    IOrderBook public immutable ORDER_BOOK;
    IMarkPrice public immutable MARK_PRICE;

    /// @notice One account in one market. Quote and base amounts are WAD; wallet amounts are in the tokens' own decimals.
    /// @param owner of the account; zero if it was never opened
    /// @param key tranche key of the position
    /// @param generation tranche generation of the position
    /// @param cash settled cash
    /// @param pending cash that touching the position would credit
    /// @param size base, signed: long positive
    /// @param quote minus paid, plus received
    /// @param equity at the mark of now, spot after haircut included
    /// @param maintenanceMargin below this equity the account is liquidated
    /// @param initialMargin required to open, resting orders included
    /// @param bids base reserved by resting bids
    /// @param asks base reserved by resting asks
    /// @param spot the market's underlying held as collateral, WAD
    /// @param walletQuote quote tokens in the owner's wallet
    /// @param walletSpot spot tokens in the owner's wallet
    struct AccountRow {
        address owner;
        uint16 key;
        uint16 generation;
        int128 cash;
        int128 pending;
        int128 size;
        int128 quote;
        int128 equity;
        uint128 maintenanceMargin;
        uint128 initialMargin;
        uint128 bids;
        uint128 asks;
        uint128 spot;
        uint128 walletQuote;
        uint128 walletSpot;
    }

    /// @notice A market as a whole.
    /// @param price mark, index and validity as they stand
    /// @param state open interest and funding
    /// @param bestBid best live bid; 0 if the side is empty
    /// @param bestAsk best live ask; 0 if the side is empty
    /// @param last last traded price
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

    constructor(IClearingHouse clearingHouse, IOrderBook orderBook, IMarkPrice markPrice) {
        CLEARING_HOUSE = clearingHouse;
        ORDER_BOOK = orderBook;
        MARK_PRICE = markPrice;
    }

    /// @notice Touches positions in the given order, then reads them in that order. Settling is open to anyone and changes
    /// nobody's worth; called without sending a transaction, it shows what settling in another order would give.
    /// @dev Reverts as IClearingHouse.poke does.
    function settleThenRead(
        uint32[] calldata accounts,
        uint8 market,
        address spotToken
    ) external returns (bytes memory rows) {
        for (uint256 i; i < accounts.length; ++i) CLEARING_HOUSE.poke(accounts[i], market);
        return read(accounts, market, spotToken);
    }

    /// @notice Reads accounts `first` to `last`, both included.
    /// @return rows eight words an account, see `read`
    function readRange(
        uint32 first,
        uint32 last,
        uint8 market,
        address spotToken
    ) external view returns (bytes memory rows) {
        uint32[] memory accounts = new uint32[](last - first + 1);
        for (uint32 i; i < accounts.length; ++i) accounts[i] = first + i;
        return _read(accounts, market, spotToken);
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
    /// @param spotToken token whose wallet balance is read beside the quote token's; zero for none
    /// @return rows eight words an account, two 128-bit halves each, the first named in the high half: owner << 96 with key << 16
    /// and generation in the low bits; cash, pending; size, quote; equity, maintenance; initial margin, spot; bids, asks;
    /// wallet quote, wallet spot; the last word is the account's number
    function read(uint32[] calldata accounts, uint8 market, address spotToken) public view returns (bytes memory rows) {
        return _read(accounts, market, spotToken);
    }

    function _read(uint32[] memory accounts, uint8 market, address spotToken) private view returns (bytes memory rows) {
        rows = new bytes(accounts.length * 256);
        address quoteToken = CLEARING_HOUSE.quoteToken();
        for (uint256 i; i < accounts.length; ++i) {
            AccountRow memory row = _row(accounts[i], market, quoteToken, spotToken);
            _write(rows, i * 256, row, accounts[i]);
        }
    }

    function _row(
        uint32 account,
        uint8 market,
        address quoteToken,
        address spotToken
    ) private view returns (AccountRow memory row) {
        Account memory data = CLEARING_HOUSE.accountData(account);
        if (data.owner == address(0)) return row;
        row.owner = data.owner;
        row.cash = data.cash;
        _addPosition(row, account, market);
        Health memory health = CLEARING_HOUSE.health(account);
        row.equity = int128(health.equity);
        row.maintenanceMargin = uint128(health.maintenanceMargin);
        row.initialMargin = uint128(health.initialMargin);
        uint8 asset = CLEARING_HOUSE.marketConfig(market).spotAsset;
        if (asset != 0) {
            (uint256 amount, ) = CLEARING_HOUSE.spotBalance(account, asset - 1);
            row.spot = uint128(amount);
        }
        row.walletQuote = uint128(IERC20(quoteToken).balanceOf(data.owner));
        if (spotToken != address(0)) row.walletSpot = uint128(IERC20(spotToken).balanceOf(data.owner));
    }

    function _addPosition(AccountRow memory row, uint32 account, uint8 market) private view {
        IClearingHouse.PositionView memory position = CLEARING_HOUSE.positionOf(account, market);
        row.size = int128(position.size);
        row.quote = int128(position.quote);
        row.pending = int128(position.pending);
        row.key = position.key;
        row.generation = position.generation;
        Reservation memory reservation = CLEARING_HOUSE.reservation(account, market);
        row.bids = reservation.bids;
        row.asks = reservation.asks;
    }

    function _write(bytes memory rows, uint256 at, AccountRow memory row, uint32 account) private pure {
        uint256 identity = (uint256(uint160(row.owner)) << 96) | (uint256(row.key) << 16) | row.generation;
        _put(rows, at, identity);
        _put(rows, at + 32, _pair(uint128(row.cash), uint128(row.pending)));
        _put(rows, at + 64, _pair(uint128(row.size), uint128(row.quote)));
        _put(rows, at + 96, _pair(uint128(row.equity), row.maintenanceMargin));
        _put(rows, at + 128, _pair(row.initialMargin, row.spot));
        _put(rows, at + 160, _pair(row.bids, row.asks));
        _put(rows, at + 192, _pair(row.walletQuote, row.walletSpot));
        _put(rows, at + 224, account);
    }

    function _pair(uint128 high, uint128 low) private pure returns (uint256) {
        return (uint256(high) << 128) | low;
    }

    function _put(bytes memory rows, uint256 at, uint256 word) private pure {
        assembly ("memory-safe") {
            mstore(add(add(rows, 32), at), word)
        }
    }
}
