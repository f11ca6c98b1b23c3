// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Account, Health, Reservation} from "../types/Account.sol";
import {MarketConfig, MarketState} from "../types/Market.sol";
import {SpotAsset} from "../types/SpotAsset.sol";
import {Action, Price} from "../types/Price.sol";
import {Trade} from "../types/Trade.sol";

/// @title The ledger as the other contracts see it
/// @notice All quote amounts are WAD (1e18) unless a name says tokens; all sizes are base, WAD; accounts are numbers from 1.
interface IClearingHouse {
    /// @notice A position as its holder would find it if it were touched now.
    /// @param size base, WAD, signed: long positive
    /// @param quote minus what was paid plus what was received, WAD; profit at price p is size * p + quote
    /// @param breakEven |quote / size|, WAD; 0 without a position
    /// @param pending cash that touching the position would credit, WAD, rounded down
    /// @param key tranche key: side << 15 | class << 11 | bucket rank
    /// @param generation generation of the tranche the position sits in
    /// @param covered part of a short that seasoned spot in the same account covers, base, WAD (mechanism section 4)
    /// @param freed spot that covered a hedge which was torn up, and covers nothing now, base, WAD
    struct PositionView {
        int256 size;
        int256 quote;
        uint256 breakEven;
        int256 pending;
        uint16 key;
        uint16 generation;
        uint256 covered;
        uint256 freed;
    }

    /// @notice What a deleveraging did.
    /// @param tornUp base closed against opposite tranches, WAD
    /// @param charged quote taken from the winners' profit, WAD
    /// @param tranches how many tranches, and pools of closed profit, were reached
    struct Deleveraged {
        uint256 tornUp;
        uint256 charged;
        uint256 tranches;
    }

    /// @notice All a liquidation asks of the ledger before it acts, read in one call.
    /// @param health of the account at the prices for the action
    /// @param owner of the account
    /// @param heldMarkets bit m is set if the account holds a position in market m; unlike openMarkets, not for orders alone
    /// @param spotAssets as in Account
    /// @param size of its position in the market, base, WAD, signed; 0 without one, and then `price` is empty
    /// @param quote of the position, as in PositionView
    /// @param covered part of it that spot covers, as in PositionView
    /// @param price of the market for the action
    /// @param reservation of the account in the market
    struct Examination {
        Health health;
        address owner;
        uint16 heldMarkets;
        uint16 spotAssets;
        int256 size;
        int256 quote;
        uint256 covered;
        Price price;
        Reservation reservation;
    }

    // ---- the order book ----------------------------------------------------------------------------------------------

    /// @notice Settles a taker's fills. Only the order book; and a house, whose every fill is with an account of its own, against
    /// accounts that named it operator.
    /// @dev A fill is rejected, and the maker's order is to be removed, if the order is void (epoch), the maker is the taker
    /// (self-trade), a reduce-only order would no longer only reduce, or the maker would fail its margin. Rejected orders
    /// that are not void have had their reservation released in full. Filled ones had `size` released.
    /// Reverts if the taker ends below initial margin (opening) or with a worse margin ratio (reducing).
    /// @return rejected bit i is set if fill i was rejected
    function settle(Trade calldata trade) external returns (uint256 rejected);

    /// @notice Reserves margin for resting orders. Only the order book. Reverts if the caller may not act for the account
    /// or if initial margin would fail; orders that can only reduce the position always pass.
    /// @param bids base, WAD, added to the resting bids
    /// @param asks base, WAD, added to the resting asks
    /// @return epoch to stamp on the orders
    function reserve(
        uint32 account,
        uint8 market,
        uint256 bids,
        uint256 asks,
        address caller
    ) external returns (uint32 epoch);

    /// @notice Releases the reservation of cancelled orders. Only the order book.
    /// @param epoch stamped on the order; if it is not the current one the order was void and nothing is released
    /// @param caller must be owner or operator of the account; the book itself may pass its own address to prune
    function release(uint32 account, uint8 market, uint256 bids, uint256 asks, uint32 epoch, address caller) external;

    /// @notice Voids every resting order of an account in a market in O(1). The book for its owner (checked by `caller`), or
    /// the engine (passing itself).
    function releaseAll(uint32 account, uint8 market, address caller) external;

    /// @notice The epoch live orders of the account carry.
    function orderEpoch(uint32 account, uint8 market) external view returns (uint32);

    // ---- the liquidation engine, the queue and the funds -------------------------------------------------------------

    /// @notice Health at the price for an action; prices are brought up to date and the ladder is applied.
    /// @dev To liquidate and to deleverage only markets with a position count; others, orders in them or not, need no price.
    /// To liquidate, a STALE or INVALID market counts at its last good price: the engine grants the account what that may hide,
    /// and asks for a usable price of the market it acts in. Spot without a usable price counts for nothing.
    function healthFor(uint32 account, Action action) external returns (Health memory);

    /// @notice Health as `healthFor` gives it, with what else a liquidation needs of the account and its position. Anyone.
    function examine(uint32 account, uint8 market, Action action) external returns (Examination memory);

    /// @notice Settles pending cash of a position and refreshes its tranche. Anyone.
    /// @dev Who refreshes a class that was to its holder's advantage, so that the position is now reached earlier than before, is paid
    /// by the holder for it: the market's refresh reward, at most a thousandth of the account's notional, at most once an hour, and
    /// only out of cash that is not needed, at a VALID price. It goes to the caller's account 0 and matures like profit.
    function poke(uint32 account, uint8 market) external;

    /// @notice Computes a market's open-interest cap anew (mechanism section 5). Anyone; an opening trade does it too, once the cap
    /// is older than a minute. Reverts with UnknownMarket. The cap in force is in `marketState`.
    function refreshCap(uint8 market) external;

    /// @notice Moves `size` (signed, long positive) from one account to another at `price`, and `cash` with it. Only the
    /// engine and the queue. No margin check: both know what they do.
    /// @dev `from` closes at `price`, `to` trades the same size at the same price; `cash` (>= 0) moves from `from` to `to`.
    /// @param chosen whether somebody who may trade for one of them asked for it: profit it realises is then within reach of a charge,
    /// like that of a trade
    function transferPosition(
        uint32 from,
        uint32 to,
        uint8 market,
        int256 size,
        uint256 price,
        uint256 cash,
        bool chosen
    ) external;

    /// @notice Moves cash between accounts. Only the engine and the insurance fund's payments.
    /// @dev Reverts if `from` would be left without `amount` of settled cash.
    function transferCash(uint32 from, uint32 to, uint256 amount) external;

    /// @notice Pays whoever executed a triggered order out of what its account could withdraw. Only the triggered orders.
    /// @param amount quote, WAD; less is paid if less is free
    /// @return paid quote, WAD
    function payTip(uint32 account, uint32 to, uint256 amount) external returns (uint256 paid);

    /// @notice Closes up to |size| of an account's position against profitable tranches of the other side at `price`, and
    /// charges `deficit` (quote, WAD) to the profit of that side, crediting the account. Only the engine.
    /// @param size base, WAD, signed as the account's position is, or was before it was closed; what it no longer holds is not
    /// torn up, so a deficit can be charged after the position has gone to the book or the backstop. Zero: of a position that
    /// stays, the deficit alone
    /// @param maxTranches bound on the work
    function deleverage(
        uint32 account,
        uint8 market,
        int256 size,
        uint256 price,
        uint256 deficit,
        uint256 maxTranches
    ) external returns (Deleveraged memory);

    /// @notice Closes up to `size` of an account's position at mark against positions of the other side that are not in
    /// profit, when none in profit is left: nobody's equity changes. Only the engine.
    /// @return closed base, WAD
    function closeAtMark(
        uint32 account,
        uint8 market,
        uint256 size,
        uint256 maxTranches
    ) external returns (uint256 closed);

    /// @notice Writes off the negative cash of an account without positions beyond what its spot backs, as socialised loss.
    /// Only the engine. Needs no price of an account without spot.
    /// @return loss quote, WAD
    function socialiseLoss(uint32 account) external returns (uint256 loss);

    /// @notice Starts the partial-liquidation cooldown. Only the engine.
    function startCooldown(uint32 account, uint8 market, uint32 until) external;

    /// @notice Sells spot collateral of an account to a buyer at the index less a discount, in the ledger. Only the engine.
    /// @dev Reverts with InsufficientCash if the buyer's cash, less what matures or a charge may reach, does not pay for it.
    /// @param amount spot, WAD
    /// @param discount parts per million below the index, at most the asset's
    /// @return paid quote, WAD, rounded up against the buyer
    function sellSpot(
        uint32 account,
        uint32 buyer,
        uint8 asset,
        uint256 amount,
        uint256 discount
    ) external returns (uint256 paid);

    /// @notice Takes spot that tear-ups have freed of an account's cover out of it, for sale by the caller, who has to put what it
    /// brings back. Only the sale of freed spot. Needs a VALID price. Reverts with NothingFreed if there is none.
    /// @param most at most this much, WAD of the asset
    /// @return token of the asset
    /// @return tokens sent, in the token's decimals, rounded down
    function releaseFreedSpot(
        uint32 account,
        uint8 market,
        uint256 most
    ) external returns (address token, uint256 tokens);

    // ---- accounts ----------------------------------------------------------------------------------------------------

    /// @notice Opens (or finds) the caller's account for a subaccount number.
    function openAccount(uint8 subaccount) external returns (uint32 account);

    /// @notice Deposits quote tokens into an account. Anyone, for any account.
    /// @param tokens in the token's own decimals; credited exactly
    function deposit(uint32 account, uint256 tokens) external;

    /// @notice Withdraws quote tokens. Only the owner. Never more than free, matured cash; paid at assets / claims.
    /// @param tokens in the token's own decimals
    /// @return paid tokens sent, less than `tokens` only while a socialised loss stands
    function withdraw(uint32 account, uint256 tokens, address to) external returns (uint256 paid);

    /// @notice Moves cash between two accounts of the caller; same conditions as a withdrawal. Quote, WAD.
    function transfer(uint32 from, uint32 to, uint256 amount) external;

    /// @notice Whether `caller` may trade for the account.
    function mayTrade(uint32 account, address caller) external view returns (bool);

    // ---- views -------------------------------------------------------------------------------------------------------

    /// @notice The account of an owner's subaccount number; 0 if it was not opened.
    function accountOf(address owner, uint8 subaccount) external view returns (uint32);

    /// @notice An account; its cash is what settling charges of closed profit would leave.
    function accountData(uint32 account) external view returns (Account memory);

    /// @notice What an account's resting orders in a market ask of it; sizes are base, WAD. See types/Account.sol.
    function reservation(uint32 account, uint8 market) external view returns (Reservation memory);

    /// @notice A position as its holder would find it if it were touched now; all zero without one.
    function positionOf(uint32 account, uint8 market) external view returns (PositionView memory);

    /// @notice A market's parameters; its status is UNLISTED if there is no such market. See types/Market.sol for units.
    function marketConfig(uint8 market) external view returns (MarketConfig memory);

    /// @notice Reverts with UnsafeParameter if a mark with these limits were unsafe at the market's margin. Passes for a market that
    /// is not listed: its listing checks the mark it then has.
    /// @param band farthest the mark may be from the index, parts per million
    /// @param speed farthest it may move in a second, parts per million of itself
    function requireSafeMark(uint8 market, uint256 band, uint256 speed) external view;

    /// @notice What moves in a market, as last written: funding accrues when it is next touched. See types/Market.sol for units.
    function marketState(uint8 market) external view returns (MarketState memory);

    /// @notice A spot asset as listed; its token is zero if it is not. See types/SpotAsset.sol for units.
    function spotAsset(uint8 asset) external view returns (SpotAsset memory);

    /// @notice Spot collateral of an account, WAD of the asset.
    /// @return amount all of it
    /// @return waiting the part not held for the hedge tenure yet; 0 from `seasonedAt` on
    /// @return seasonedAt seconds, rounded up
    function spotBalance(
        uint32 account,
        uint8 asset
    ) external view returns (uint256 amount, uint256 waiting, uint256 seasonedAt);

    /// @notice Health at the prices of now, whatever their validity.
    function health(uint32 account) external view returns (Health memory);

    /// @notice Quote (WAD) the owner could withdraw now, before the assets / claims factor.
    function withdrawable(uint32 account) external view returns (uint256);

    /// @notice Losses nobody was there to bear, not yet repaid by fees. Quote, WAD.
    function socialisedLoss() external view returns (uint256);

    /// @notice The quote token's address.
    function quoteToken() external view returns (address);

    /// @notice 10 ** (18 - decimals of the quote token).
    function quoteScale() external view returns (uint256);
}
